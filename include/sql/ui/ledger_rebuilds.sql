-- Returns rebuilds of the derived tables, the latest first.
SELECT
    r.rebuild_id,
    r.from_day,
    r.start_at,
    r.started_at,
    extract(EPOCH FROM r.finished_at - r.started_at)::numeric(12, 1) AS seconds,
    r.pulls,
    r.days,
    r.requested_by,
    r.dag_id,
    r.run_id,
    r.try_number
FROM mart.rebuild AS r
ORDER BY r.rebuild_id DESC
LIMIT %(limit)s OFFSET %(offset)s;
