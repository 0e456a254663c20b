-- Returns the coverage of each business day of each office.
WITH office AS (
    SELECT DISTINCT
        c.office_id,
        c.office_name
    FROM mart.inventory_current AS c
)

SELECT
    coalesce(o.office_name, c.office_id::text) AS office,
    c.business_date AS day,
    c.status,
    c.hours_covered
FROM mart.coverage AS c
LEFT JOIN office AS o ON c.office_id = o.office_id
WHERE c.business_date BETWEEN %(first_day)s AND %(last_day)s
ORDER BY c.office_id, c.business_date;
