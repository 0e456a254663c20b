-- The product whose quantity changed most often: every fifth day, and the days around the one that was missed.
WITH liveliest AS (
    SELECT office_id, product_id FROM mart.inventory_daily
    GROUP BY office_id, product_id ORDER BY count(DISTINCT quantity) DESC, office_id, product_id LIMIT 1
)

SELECT snapshot_date, office_name, product_name, quantity, measurement, basis, observed_at
FROM mart.inventory_daily INNER JOIN liveliest USING (office_id, product_id)
WHERE mod(snapshot_date - %(missed)s, 5) = 0 OR abs(snapshot_date - %(missed)s) = 1
ORDER BY snapshot_date;
