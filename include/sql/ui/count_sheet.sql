-- Returns the products that an office has, with an empty column for the count. The expected quantity, which can lead the
-- person who counts, is there with the kind with_expected only.
SELECT
    c.office_id,
    coalesce(c.office_name, 'Office ' || c.office_id) AS office_name,
    c.product_id,
    coalesce(c.product_name, 'Product ' || c.product_id) AS product_name,
    p.category,
    c.measurement,
    CASE WHEN %(kind)s::text = 'with_expected' THEN c.quantity END AS expected,
    NULL::numeric AS counted
FROM mart.inventory_current AS c
LEFT JOIN mart.product AS p ON c.product_id = p.product_id
WHERE c.office_id = %(office)s::bigint AND c.quantity <> 0
ORDER BY p.category NULLS LAST, product_name, c.product_id
LIMIT %(limit)s OFFSET %(offset)s;
