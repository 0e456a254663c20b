-- Compares counted quantities of an office with its stock as of the time of each count. Rows of one product, and of one
-- package of it, are added, and the latest of their times counts. Products in stock that nobody counted follow, as of
-- the time of the whole count; of a product that was counted by package, the packages that nobody counted.
WITH counted AS MATERIALIZED (
    SELECT
        c.product_id,
        c.package_id,
        sum(c.quantity) AS counted,
        max(c.counted_at) AS counted_at
    FROM unnest(
        %(product_ids)s::bigint[], %(package_ids)s::bigint[], %(quantities)s::numeric[], %(instants)s::timestamptz[]
    ) AS c (product_id, package_id, quantity, counted_at)
    GROUP BY c.product_id, c.package_id
),

moment AS (
    SELECT c.counted_at
    FROM counted AS c
    UNION
    SELECT %(at)s::timestamptz
),

state AS MATERIALIZED (
    SELECT m.counted_at, s.product_id, s.measurement, s.quantity, s.observed_at
    FROM moment AS m
    CROSS JOIN LATERAL mart.inventory_as_of(m.counted_at) AS s
    WHERE s.office_id = %(office_id)s
),

-- A package of the stock as of the time of the whole count, of products that were counted by package.
package_state AS (
    SELECT DISTINCT ON (k.product_id, k.package_id) k.product_id, k.package_id, k.quantity
    FROM inventory.package_change AS k
    WHERE
        k.office_id = %(office_id)s AND k.observed_at <= %(at)s
        AND k.product_id IN (SELECT c.product_id FROM counted AS c WHERE c.package_id IS NOT NULL)
    ORDER BY k.product_id, k.package_id, k.observed_at DESC
),

expectation AS (
    SELECT c.product_id, c.package_id, c.counted, c.counted_at, s.quantity AS expected
    FROM counted AS c
    LEFT JOIN state AS s ON c.product_id = s.product_id AND c.counted_at = s.counted_at
    WHERE c.package_id IS NULL
    UNION ALL
    SELECT c.product_id, c.package_id, c.counted, c.counted_at, k.quantity
    FROM counted AS c
    LEFT JOIN LATERAL (
        SELECT l.quantity
        FROM inventory.package_change AS l
        WHERE
            l.office_id = %(office_id)s AND l.product_id = c.product_id AND l.package_id = c.package_id
            AND l.observed_at <= c.counted_at
        ORDER BY l.observed_at DESC
        LIMIT 1
    ) AS k ON true
    WHERE c.package_id IS NOT NULL
    UNION ALL
    SELECT s.product_id, NULL, NULL, s.counted_at, s.quantity
    FROM state AS s
    WHERE
        s.counted_at = %(at)s AND s.quantity <> 0
        AND s.product_id NOT IN (SELECT c.product_id FROM counted AS c)
    UNION ALL
    SELECT k.product_id, k.package_id, NULL, %(at)s, k.quantity
    FROM package_state AS k
    WHERE
        k.quantity <> 0
        AND NOT EXISTS (
            SELECT
            FROM counted AS c
            WHERE c.product_id = k.product_id AND (c.package_id = k.package_id OR c.package_id IS NULL)
        )
)

SELECT
    CASE
        WHEN e.counted IS NULL THEN 'not_counted'
        WHEN e.expected IS NULL THEN 'not_in_books'
        WHEN e.counted <> e.expected THEN 'differs'
        ELSE 'matches'
    END AS status,
    e.product_id,
    p.name AS product_name,
    e.package_id,
    s.measurement,
    e.expected,
    e.counted,
    e.counted - e.expected AS difference,
    e.counted_at,
    s.observed_at
FROM expectation AS e
LEFT JOIN state AS s ON e.product_id = s.product_id AND e.counted_at = s.counted_at
LEFT JOIN inventory.product AS p ON e.product_id = p.product_id
ORDER BY p.name NULLS LAST, e.product_id, e.package_id NULLS FIRST;
