-- A pull that waits to be accepted.
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
WHERE p.pull_id = %(pull_id)s AND p.status = 'held_back';
