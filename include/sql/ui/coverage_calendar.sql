-- Returns the coverage of each business day of each office, and how many whole hours the day has.
SELECT
    c.business_date,
    c.office_id,
    coalesce(c.office_name, 'Office ' || c.office_id) AS office_name,
    c.status,
    c.hours_covered,
    floor(
        extract(
            EPOCH FROM
            (c.business_date + 1)::timestamp AT TIME ZONE o.time_zone
            - c.business_date::timestamp AT TIME ZONE o.time_zone
        ) / 3600
    )::integer AS hours,
    c.pulls,
    c.incomplete_pulls,
    c.published_rows
FROM mart.coverage AS c
INNER JOIN mart.office AS o ON c.office_id = o.office_id
WHERE
    (%(office)s::bigint IS NULL OR c.office_id = %(office)s::bigint)
    AND (%(first_day)s::date IS NULL OR c.business_date >= %(first_day)s::date)
    AND (%(last_day)s::date IS NULL OR c.business_date <= %(last_day)s::date)
ORDER BY c.office_id, c.business_date
LIMIT %(limit)s OFFSET %(offset)s;
