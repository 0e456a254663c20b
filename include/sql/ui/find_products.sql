-- Returns products whose name contains a text, or whose id is this number.
SELECT
    p.product_id AS id,
    coalesce(p.product_name, 'Product ' || p.product_id) AS name,
    p.brand,
    p.category,
    p.measurement
FROM mart.product AS p
WHERE
    %(search)s::text IS NULL
    OR strpos(lower(p.product_name), lower(%(search)s)) > 0
    OR p.product_id::text = %(search)s
ORDER BY name, id
LIMIT %(limit)s OFFSET %(offset)s;
