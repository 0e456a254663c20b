-- Adds, for products with late observations, all that was seen of them since, with the value it had: their part of
-- the change log is then made anew from the whole.
WITH listed AS (
    SELECT k.office_id, k.product_id, s.observed_at, s.pull_id
    FROM late_product AS k
    INNER JOIN inventory.sight AS s
        ON k.office_id = s.office_id AND k.replay_from <= s.observed_at AND s.product_ids @> ARRAY[k.product_id]
),

absent AS (
    SELECT k.office_id, k.product_id, p.last_page_at AS observed_at, p.pull_id
    FROM late_product AS k
    INNER JOIN ops.pull AS p ON k.office_id = p.office_id AND k.replay_from <= p.last_page_at
    WHERE
        p.kind = 'office' AND p.status = 'complete' AND p.pull_id <> %(pull_id)s
        AND inventory.proves_absence(p.pull_id, k.office_id, k.product_id)
)

INSERT INTO observation
SELECT
    l.office_id, l.product_id, l.observed_at, l.pull_id, true,
    c.measurement, c.quantity, c.packages_known, c.package_ids, c.package_quantities, 0
FROM listed AS l
CROSS JOIN LATERAL (
    SELECT v.*
    FROM inventory.stock_change AS v
    WHERE v.office_id = l.office_id AND v.product_id = l.product_id AND v.observed_at <= l.observed_at
    ORDER BY v.observed_at DESC
    LIMIT 1
) AS c
UNION ALL
SELECT a.office_id, a.product_id, a.observed_at, a.pull_id, false, NULL, 0, true, '{}', '{}', 0
FROM absent AS a;
