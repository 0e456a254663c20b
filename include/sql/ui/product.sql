-- Returns one row: a product, as the catalogue describes it.
SELECT
    p.product_id,
    coalesce(p.product_name, 'Product ' || p.product_id) AS product_name,
    p.brand,
    p.category,
    p.measurement,
    p.is_in_catalogue,
    mart.product_url(p.product_id) AS product_url
FROM mart.product AS p
WHERE p.product_id = %(product)s::bigint
ORDER BY p.product_id
LIMIT %(limit)s OFFSET %(offset)s;
