-- Pulls to apply from raw, in the order in which they were made, and whether raw still has them: one that waits to be
-- accepted, or all of inventory that were applied from an instant on.
SELECT
    p.pull_id,
    p.kind,
    p.office_id,
    p.resource,
    p.since,
    p.started_at,
    p.status,
    p.reads,
    p.counted_read,
    p.pages,
    p.total,
    p.first_page_at,
    p.last_page_at,
    (
        SELECT count(*)
        FROM raw.response AS r
        WHERE r.pull_id = p.pull_id AND r.observed_at BETWEEN p.first_page_at AND p.last_page_at
    ) > 0 AS is_in_raw
FROM ops.pull AS p
WHERE
    (p.pull_id = %(pull_id)s::bigint AND p.status = 'held_back')
    OR (
        p.kind IN ('office', 'updated', 'product') AND p.status IN ('complete', 'incomplete')
        AND p.first_page_at >= %(start_at)s::timestamptz
    )
ORDER BY p.first_page_at, p.pull_id;
