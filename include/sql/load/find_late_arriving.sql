-- Finds products with late-arriving observations: the product was already seen, or proven absent, at or after them; or
-- an incomplete read showed it more than once. A single GROUP BY over all of it, in place of joins, costs the same
-- under any statistics.
WITH reach AS (
    SELECT o.office_id, min(o.observed_at) AS first_at
    FROM observation AS o
    GROUP BY o.office_id
),

known AS (
    SELECT o.office_id, o.product_id, o.observed_at, NULL::timestamptz AS seen_at
    FROM observation AS o
    UNION ALL
    SELECT s.office_id, item.product_id, NULL, s.observed_at
    FROM reach AS r
    INNER JOIN inventory.page_presence AS s ON r.office_id = s.office_id AND r.first_at <= s.observed_at
    CROSS JOIN LATERAL unnest(s.product_ids) AS item (product_id)
    WHERE s.observed_at >= %(first_page_at)s
    UNION ALL
    -- Without a product: a complete pull of the office concerns all of its products.
    SELECT p.office_id, NULL, NULL, max(p.last_page_at)
    FROM reach AS r
    INNER JOIN ops.pull AS p ON r.office_id = p.office_id AND r.first_at <= p.last_page_at
    WHERE
        p.kind = 'office' AND p.status = 'complete' AND p.pull_id <> %(pull_id)s
        AND p.last_page_at >= %(first_page_at)s
    GROUP BY p.office_id
),

by_product AS (
    SELECT
        k.office_id,
        k.product_id,
        count(k.observed_at) AS observations,
        min(k.observed_at) AS first_at,
        max(k.seen_at) AS last_at,
        max(max(k.seen_at)) FILTER (WHERE k.product_id IS NULL) OVER (PARTITION BY k.office_id) AS proven_at
    FROM known AS k
    GROUP BY k.office_id, k.product_id
)

INSERT INTO late_arriving_product
SELECT b.office_id, b.product_id, b.first_at
FROM by_product AS b
WHERE b.observations > 1 OR b.first_at <= greatest(b.last_at, b.proven_at);
