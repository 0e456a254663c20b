-- Returns the coverage of each business day of each office, and how many whole hours the day has.
SELECT
    c.business_date,
    c.office_id,
    coalesce(c.office_name, 'Office ' || c.office_id) AS office_name,
    c.status,
    c.hours_covered,
    floor(extract(EPOCH FROM c.day_end - c.day_start) / 3600)::integer AS hours,
    c.pulls,
    c.incomplete_pulls,
    c.published_rows
FROM mart.coverage AS c
WHERE
    (%(office)s::bigint IS NULL OR c.office_id = %(office)s::bigint)
    AND (%(first_day)s::date IS NULL OR c.business_date >= %(first_day)s::date)
    AND (%(last_day)s::date IS NULL OR c.business_date <= %(last_day)s::date)
ORDER BY c.office_id, c.business_date
LIMIT %(limit)s OFFSET %(offset)s;
