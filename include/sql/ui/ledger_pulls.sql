-- Returns pulls, the latest first, of an office, a kind, a status or a day: the day on which they started, in
-- the zone that is given.
SELECT
    p.pull_id,
    p.kind,
    p.office_id,
    p.office_name,
    p.product_id,
    p.product_name,
    p.package_id,
    p.resource,
    p.since,
    p.status,
    p.started_at,
    -- Two clocks: that of the worker, which a demo may set back, and that of the database.
    CASE
        WHEN p.landed_at - p.started_at BETWEEN interval '0' AND interval '1 day'
            THEN extract(EPOCH FROM p.landed_at - p.started_at)::numeric(12, 1)
    END AS seconds,
    p.requests,
    p.items,
    p.rejected,
    p.set_aside,
    p.changes,
    p.package_changes,
    p.problem,
    p.dag_id,
    p.run_id,
    p.task_id,
    p.try_number
FROM mart.pull AS p
WHERE
    -- Only pulls of kind office have an office: the second condition lets the index on them be used.
    (%(office)s::bigint IS NULL OR (p.office_id = %(office)s::bigint AND p.kind = 'office'))
    AND (%(kind)s::text IS NULL OR p.kind = %(kind)s::text)
    AND (%(status)s::text IS NULL OR p.status = %(status)s::text)
    AND (
        %(day)s::date IS NULL
        OR (
            p.started_at >= %(day)s::date::timestamp AT TIME ZONE coalesce(%(zone)s::text, 'UTC')
            AND p.started_at < (%(day)s::date + 1)::timestamp AT TIME ZONE coalesce(%(zone)s::text, 'UTC')
        )
    )
ORDER BY p.started_at DESC, p.pull_id DESC
LIMIT %(limit)s OFFSET %(offset)s;
