-- Returns the packages of a batch, those in stock first.
SELECT
    h.package_id,
    h.uid,
    h.product_id,
    h.product_name,
    h.vendor,
    h.check_in_date,
    h.best_by,
    h.tested_date,
    f.checked_in_quantity,
    f.remaining_quantity,
    f.remaining_unit,
    f.depleted_at,
    f.days_held,
    mart.package_url(h.package_id) AS package_url
FROM mart.package_history AS h
INNER JOIN mart.package_lifecycle AS f ON h.package_id = f.package_id
WHERE h.is_current AND h.batch_id COLLATE "C" = %(batch)s::text
ORDER BY f.depleted_at DESC NULLS FIRST, h.check_in_date, h.package_id
LIMIT %(limit)s OFFSET %(offset)s;
