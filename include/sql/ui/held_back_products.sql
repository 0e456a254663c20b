-- Returns the products that a held-back pull lacks, with what was last known of each.
SELECT
    h.product_id,
    h.product_name,
    h.category,
    h.measurement,
    h.quantity,
    h.package_count,
    h.observed_at AS last_seen_at,
    mart.product_url(h.product_id) AS product_url
FROM mart.held_back_product AS h
WHERE h.pull_id = %(pull)s::bigint
ORDER BY h.category, h.product_name, h.product_id
LIMIT %(limit)s OFFSET %(offset)s;
