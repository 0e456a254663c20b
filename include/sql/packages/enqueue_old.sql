-- Enqueues products with packages in stock whose detail was last seen before the sweep age: a retest or a correction
-- changes no stock, so no pull of inventory shows it.
INSERT INTO ops.package_refresh_queue (product_id, package_id, reason, by_id, due_since)
SELECT v.product_id, NULL, 'old', false, min(v.observed_at) + %(sweep_age)s
FROM inventory.package_version AS v
WHERE v.valid_to IS NULL AND NOT v.is_empty AND v.observed_at < ops.clock() - %(sweep_age)s
GROUP BY v.product_id
ON CONFLICT (product_id, package_id) DO NOTHING;
