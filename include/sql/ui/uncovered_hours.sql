-- Returns the gaps of an office in some business days: hours in a row that no complete pull of changes covers, with the
-- first and the last run of inventory_updates_hourly that lie in each gap. An hour is covered as in mart.coverage.
WITH covered AS (
    SELECT coalesce(range_agg(tstzrange(u.since, u.first_page_at - interval '1 hour', '[]')), '{}') AS starts
    FROM mart.pull AS u
    WHERE u.kind = 'updated' AND u.status = 'complete' AND u.first_page_at >= u.since + interval '1 hour'
),

uncovered AS (
    SELECT
        h.hour_start,
        -- The same instant for all hours of a gap.
        h.hour_start - interval '1 hour' * row_number() OVER (ORDER BY h.hour_start) AS gap
    FROM mart.coverage AS c
    CROSS JOIN generate_series(c.day_start, c.day_end - interval '1 hour', interval '1 hour') AS h (hour_start)
    WHERE
        c.office_id = %(office)s::bigint
        AND c.business_date >= %(first_day)s::date AND c.business_date <= %(last_day)s::date
        AND NOT h.hour_start <@ (SELECT covered.starts FROM covered)
)

SELECT
    min(g.hour_start) AS gap_start,
    max(g.hour_start) + interval '1 hour' AS gap_end,
    count(*) AS hours,
    -- The DAG's runs are hours in UTC. The days of an office begin between two of them where its zone is off by minutes.
    date_trunc('hour', min(g.hour_start), 'UTC') AS first_run,
    date_trunc('hour', max(g.hour_start) + interval '59 minutes', 'UTC') AS last_run
FROM uncovered AS g
GROUP BY g.gap
ORDER BY gap_start
LIMIT %(limit)s OFFSET %(offset)s;
