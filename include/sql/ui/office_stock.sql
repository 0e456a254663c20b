-- Returns the last known stock of an office, product by product, and how long each lasts.
SELECT
    c.product_id,
    coalesce(c.product_name, 'Product ' || c.product_id) AS product_name,
    p.brand,
    p.category,
    c.quantity,
    c.measurement,
    c.package_count,
    round(d.in_stock_days_of_supply, 1) AS days_of_supply,
    c.observed_at,
    c.changed_at
FROM mart.inventory_current AS c
LEFT JOIN mart.product AS p ON c.product_id = p.product_id
LEFT JOIN mart.days_of_supply AS d ON c.office_id = d.office_id AND c.product_id = d.product_id
WHERE
    c.office_id = %(office)s::bigint
    AND (%(category)s::text IS NULL OR p.category = %(category)s)
    AND (
        %(search)s::text IS NULL
        OR strpos(lower(c.product_name), lower(%(search)s)) > 0
        OR c.product_id::text = %(search)s
    )
    -- Products that ran out are many in the end.
    AND (%(kind)s::text IS DISTINCT FROM 'in_stock' OR c.quantity <> 0)
ORDER BY product_name, c.product_id
LIMIT %(limit)s OFFSET %(offset)s;
