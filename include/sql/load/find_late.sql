-- Observations that arrive late: something of the same product was already seen at or after them. So do products
-- that an incomplete read showed more than once. Both go the long way, by replaying the sights of the product.
WITH reach AS (
    SELECT o.office_id, min(o.observed_at) AS first_at
    FROM observation AS o
    GROUP BY o.office_id
),

seen_later AS (
    SELECT s.office_id, item.product_id, max(s.observed_at) AS last_at
    FROM reach AS r
    INNER JOIN inventory.sight AS s ON r.office_id = s.office_id AND r.first_at <= s.observed_at
    CROSS JOIN LATERAL unnest(s.product_ids) AS item (product_id)
    WHERE s.observed_at >= %(first_page_at)s
    GROUP BY s.office_id, item.product_id
),

proven_later AS (
    SELECT p.office_id, max(p.last_page_at) AS last_at
    FROM reach AS r
    INNER JOIN ops.pull AS p ON r.office_id = p.office_id AND r.first_at <= p.last_page_at
    WHERE p.kind = 'office' AND p.status = 'complete' AND p.pull_id <> %(pull_id)s
    GROUP BY p.office_id
)

INSERT INTO late_product
SELECT o.office_id, o.product_id, min(o.observed_at)
FROM observation AS o
LEFT JOIN seen_later AS s ON o.office_id = s.office_id AND o.product_id = s.product_id
LEFT JOIN proven_later AS p ON o.office_id = p.office_id
GROUP BY o.office_id, o.product_id
HAVING count(*) > 1 OR bool_or(o.observed_at <= s.last_at) OR bool_or(o.observed_at <= p.last_at);
