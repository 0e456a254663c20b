-- Returns decisions about held-back pulls, the latest first: accepted, dismissed, or superseded by a later pull.
SELECT
    h.pull_id,
    h.office_id,
    coalesce(h.office_name, 'Office ' || h.office_id) AS office_name,
    h.status,
    h.decided_at,
    h.decided_by,
    h.decision_note,
    h.superseded_by,
    h.started_at,
    h.items,
    h.products_with_stock,
    h.would_vanish,
    h.problem
FROM mart.held_back_pull AS h
WHERE
    h.status <> 'held_back'
    AND (%(office)s::bigint IS NULL OR h.office_id = %(office)s::bigint)
    AND (%(status)s::text IS NULL OR h.status = %(status)s::text)
    AND (
        %(day)s::date IS NULL
        OR (
            h.decided_at >= %(day)s::date::timestamp AT TIME ZONE coalesce(%(zone)s::text, 'UTC')
            AND h.decided_at < (%(day)s::date + 1)::timestamp AT TIME ZONE coalesce(%(zone)s::text, 'UTC')
        )
    )
ORDER BY h.decided_at DESC, h.pull_id DESC
LIMIT %(limit)s OFFSET %(offset)s;
