-- Sets current stock to the last row of the change log. By key, so the cost depends on the number of changes only.
WITH state AS (
    SELECT c.*, (SELECT coalesce(sum(p.q), 0) FROM unnest(c.package_quantities) AS p (q)) AS package_quantity
    FROM change AS c
    WHERE c.is_last
),

-- Under the lock of the office, no other session can insert the same product: without ON CONFLICT, the insert takes half
-- of the time and a sixth less WAL.
new_product AS (
    INSERT INTO inventory.stock (
        office_id, product_id, changed_at, measurement, quantity, packages_known, package_ids, package_quantities,
        package_quantity, zero_since, was_above_zero
    )
    SELECT
        n.office_id, n.product_id, n.observed_at, n.measurement, n.quantity, n.packages_known, n.package_ids,
        n.package_quantities, n.package_quantity, n.zero_since, n.was_above_zero
    FROM state AS n
    WHERE n.is_new
)

INSERT INTO inventory.stock (
    office_id, product_id, changed_at, measurement, quantity, packages_known, package_ids, package_quantities,
    package_quantity, zero_since, was_above_zero
)
SELECT
    c.office_id, c.product_id, c.observed_at, c.measurement, c.quantity, c.packages_known, c.package_ids,
    c.package_quantities, c.package_quantity, c.zero_since, c.was_above_zero
FROM state AS c
WHERE NOT c.is_new
ON CONFLICT (office_id, product_id) DO UPDATE SET
changed_at = excluded.changed_at,
measurement = excluded.measurement,
quantity = excluded.quantity,
packages_known = excluded.packages_known,
package_ids = excluded.package_ids,
package_quantities = excluded.package_quantities,
package_quantity = excluded.package_quantity,
zero_since = excluded.zero_since,
was_above_zero = excluded.was_above_zero;
