-- Current stock becomes the last row of the change log.
INSERT INTO inventory.stock AS k (
    office_id, product_id, changed_at, measurement, quantity, packages_known, package_ids, package_quantities,
    zero_since, was_above_zero
)
SELECT
    c.office_id, c.product_id, c.observed_at, c.measurement, c.quantity, c.packages_known, c.package_ids,
    c.package_quantities, c.zero_since, c.was_above_zero
FROM change AS c
WHERE c.is_last
UNION ALL
-- A late observation may have ended as no change at all; then it is the row before.
SELECT
    l.office_id, l.product_id, c.observed_at, c.measurement, c.quantity, c.packages_known, c.package_ids,
    c.package_quantities, c.zero_since, c.was_above_zero
FROM late_product AS l
CROSS JOIN LATERAL (
    SELECT v.*
    FROM inventory.stock_change AS v
    WHERE v.office_id = l.office_id AND v.product_id = l.product_id
    ORDER BY v.observed_at DESC
    LIMIT 1
) AS c
WHERE NOT EXISTS (SELECT FROM change AS n WHERE n.office_id = l.office_id AND n.product_id = l.product_id)
ON CONFLICT (office_id, product_id) DO UPDATE SET
changed_at = excluded.changed_at,
measurement = excluded.measurement,
quantity = excluded.quantity,
packages_known = excluded.packages_known,
package_ids = excluded.package_ids,
package_quantities = excluded.package_quantities,
zero_since = excluded.zero_since,
was_above_zero = excluded.was_above_zero;
