-- Returns the closed days in UTC with quarantined items, and how many there are.
SELECT
    (q.observed_at AT TIME ZONE 'UTC')::date AS day,
    concat_ws(' ', count(*), max(q.quarantine_id), count(*) FILTER (WHERE q.counted)) AS inputs
FROM ops.quarantine AS q
WHERE q.observed_at < date_trunc('day', ops.clock() - ops.setting('snapshot_tolerance')::interval, 'UTC')
GROUP BY 1
ORDER BY 1;
