-- Returns the first products, by name, that a held-back pull would make vanish.
SELECT h.product_id, h.product_name, h.category, h.measurement, h.quantity, h.observed_at, h.package_count
FROM mart.held_back_product AS h
WHERE h.pull_id = %(pull_id)s
ORDER BY h.product_name, h.product_id
LIMIT %(products)s;
