-- Returns how long ago each listed office was last pulled completely, or was listed since then, and how its last pull
-- ended. Offices that are not listed are not pulled, so their freshness SLA does not apply.
SELECT
    o.office_id,
    coalesce(o.name, 'office ' || o.office_id) AS label,
    f.last_snapshot_at,
    ops.clock() - greatest(f.last_snapshot_at, o.listed_since) AS lag,
    l.pull_id,
    l.status
FROM inventory.office AS o
INNER JOIN mart.freshness AS f ON o.office_id = f.office_id
LEFT JOIN LATERAL (
    SELECT p.pull_id, p.status
    FROM ops.pull AS p
    WHERE p.kind = 'office' AND p.office_id = o.office_id
    ORDER BY p.pull_id DESC
    LIMIT 1
) AS l ON true
WHERE o.is_listed
ORDER BY lag DESC NULLS FIRST, o.office_id;
