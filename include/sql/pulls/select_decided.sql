-- Returns a pull and, if it was held back, how that ended.
SELECT
    p.pull_id,
    p.office_id,
    p.status,
    CASE
        WHEN p.status IN ('dismissed', 'superseded') THEN p.status
        WHEN p.decided_at IS NOT NULL THEN 'accepted'
    END AS outcome,
    p.decided_by,
    p.decided_at,
    p.superseded_by
FROM ops.pull AS p
WHERE p.pull_id = %(pull_id)s;
