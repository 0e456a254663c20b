-- A pull that waits to be accepted, as the ledger knows it.
SELECT
    p.office_id,
    p.started_at,
    p.reads,
    p.counted_read,
    p.total,
    p.first_page_at,
    p.last_page_at
FROM ops.pull AS p
WHERE p.pull_id = %(pull_id)s AND p.status = 'held_back';
