-- Returns the stock of an office as of an instant, product by product. A product without a row was not known then.
SELECT
    a.product_id,
    coalesce(p.product_name, 'Product ' || a.product_id) AS product_name,
    p.brand,
    p.category,
    a.quantity,
    a.measurement,
    a.observed_at
FROM mart.inventory_as_of(%(at)s::timestamptz) AS a
LEFT JOIN mart.product AS p ON a.product_id = p.product_id
WHERE
    a.office_id = %(office)s::bigint
    AND (%(category)s::text IS NULL OR p.category = %(category)s)
    AND (
        %(search)s::text IS NULL
        OR strpos(lower(p.product_name), lower(%(search)s)) > 0
        OR a.product_id::text = %(search)s
    )
    AND (%(kind)s::text IS DISTINCT FROM 'in_stock' OR a.quantity <> 0)
ORDER BY product_name, a.product_id
LIMIT %(limit)s OFFSET %(offset)s;
