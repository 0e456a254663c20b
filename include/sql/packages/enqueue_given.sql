-- Enqueues the given packages, each by its id, and the lists of the given products, whatever was observed of them; returns
-- them. A package that no answer has contained has no product, and is left out. The product is that of the last answer.
WITH given AS (
    SELECT g.product_id, NULL::bigint AS package_id
    FROM unnest(%(products)s::bigint[]) AS g (product_id)
    UNION
    SELECT k.product_id, g.package_id
    FROM unnest(%(packages)s::bigint[]) AS g (package_id)
    CROSS JOIN LATERAL (
        SELECT seen.product_id
        FROM (
            SELECT c.product_id, c.observed_at
            FROM inventory.package_change AS c
            WHERE c.package_id = g.package_id
            UNION ALL
            SELECT a.product_id, a.valid_from
            FROM inventory.package_attributes AS a
            WHERE a.package_id = g.package_id AND a.product_id IS NOT NULL
        ) AS seen
        ORDER BY seen.observed_at DESC
        LIMIT 1
    ) AS k
)

INSERT INTO ops.package_refresh_queue AS n (product_id, package_id, reason, by_id, due_since)
SELECT g.product_id, g.package_id, 'requested', g.package_id IS NOT NULL, ops.clock()
FROM given AS g
ON CONFLICT (product_id, package_id) DO UPDATE SET
due_since = least(n.due_since, excluded.due_since),
pull_id = NULL,
tries = 0,
not_before = NULL
RETURNING n.product_id, n.package_id;
