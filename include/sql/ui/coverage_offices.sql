-- Returns the coverage of each office over the days of a period: days by status, and covered hours. Offices that were
-- never pulled have no day.
SELECT
    o.office_id,
    coalesce(o.office_name, 'Office ' || o.office_id) AS office_name,
    o.time_zone,
    count(c.business_date) AS days,
    count(*) FILTER (WHERE c.status = 'observed') AS observed,
    count(*) FILTER (WHERE c.status = 'carried_forward') AS carried_forward,
    count(*) FILTER (WHERE c.status = 'missing') AS missing,
    coalesce(sum(c.hours_covered), 0)::bigint AS hours_covered,
    coalesce(sum(floor(extract(EPOCH FROM c.day_end - c.day_start) / 3600)), 0)::bigint AS hours,
    max(c.business_date) FILTER (WHERE c.status <> 'observed') AS last_unobserved_day
FROM mart.office AS o
LEFT JOIN
    mart.coverage AS c ON
        o.office_id = c.office_id
        AND (%(first_day)s::date IS NULL OR c.business_date >= %(first_day)s::date)
        AND (%(last_day)s::date IS NULL OR c.business_date <= %(last_day)s::date)
WHERE
    (%(office)s::bigint IS NULL OR o.office_id = %(office)s::bigint)
    AND (o.is_listed OR o.first_seen_at IS NOT NULL)
GROUP BY o.office_id, o.office_name, o.time_zone
ORDER BY office_name, o.office_id
LIMIT %(limit)s OFFSET %(offset)s;
