-- Returns packages in stock that expire soon, or have expired, the earliest best-by date first.
SELECT
    e.package_id,
    (SELECT h.uid FROM mart.package_history AS h WHERE h.package_id = e.package_id AND h.is_current) AS uid,
    e.product_id,
    coalesce(e.product_name, 'Product ' || e.product_id) AS product_name,
    e.office_id,
    coalesce(e.office_name, 'Office ' || e.office_id) AS office_name,
    e.best_by,
    e.days_left,
    e.quantity,
    e.at_risk_quantity,
    e.measurement,
    e.depletion_per_day
FROM mart.expiring_stock AS e
WHERE %(office)s::bigint IS NULL OR e.office_id = %(office)s::bigint
ORDER BY e.days_left, e.office_id, e.product_id, e.package_id
LIMIT %(limit)s OFFSET %(offset)s;
