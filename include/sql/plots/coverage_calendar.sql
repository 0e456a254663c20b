-- Returns the coverage of each business day of each office.
SELECT
    coalesce(c.office_name, c.office_id::text) AS office,
    c.business_date AS day,
    c.status,
    c.hours_covered
FROM mart.coverage AS c
WHERE c.business_date BETWEEN %(first_day)s AND %(last_day)s
ORDER BY c.office_id, c.business_date;
