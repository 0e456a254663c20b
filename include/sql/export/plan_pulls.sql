-- Returns the closed days in UTC on which pulls started, and what may change in the rows of these pulls afterwards: a
-- decision, and the counts of changes, which a rebuild counts again.
SELECT
    (p.started_at AT TIME ZONE 'UTC')::date AS day,
    concat_ws(
        ' ',
        count(*),
        max(greatest(p.landed_at, p.decided_at)),
        count(*) FILTER (WHERE p.status = 'complete'),
        sum(p.changes),
        sum(p.package_changes)
    ) AS inputs
FROM ops.pull AS p
WHERE p.started_at < date_trunc('day', ops.clock() - ops.setting('snapshot_tolerance')::interval, 'UTC')
GROUP BY 1
ORDER BY 1;
