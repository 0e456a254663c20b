-- Returns packages in stock whose best-by date has passed or is near, the earliest first.
SELECT
    e.best_by,
    e.days_left,
    e.office_id,
    coalesce(e.office_name, 'Office ' || e.office_id) AS office_name,
    e.product_id,
    coalesce(e.product_name, 'Product ' || e.product_id) AS product_name,
    e.package_id,
    (SELECT h.uid FROM mart.package_history AS h WHERE h.package_id = e.package_id AND h.is_current) AS uid,
    e.quantity,
    round(e.at_risk_quantity, 2) AS at_risk_quantity,
    round(e.depletion_per_day, 2) AS depletion_per_day,
    e.measurement
FROM mart.expiring_stock AS e
WHERE
    (%(office)s::bigint IS NULL OR e.office_id = %(office)s::bigint)
    AND (%(product)s::bigint IS NULL OR e.product_id = %(product)s::bigint)
ORDER BY e.best_by, e.office_id, e.product_id, e.package_id
LIMIT %(limit)s OFFSET %(offset)s;
