-- Returns how long ago changes were last pulled, or for how long an office has been listed since then.
SELECT
    u.last_update_at,
    ops.clock() - greatest(u.last_update_at, min(o.listed_since)) AS lag
FROM inventory.office AS o
CROSS JOIN (
    SELECT max(p.first_page_at) AS last_update_at
    FROM ops.pull AS p
    WHERE p.kind = 'updated' AND p.status = 'complete'
) AS u
WHERE o.is_listed
GROUP BY u.last_update_at;
