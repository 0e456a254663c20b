-- Sets current stock to the last row of the change log. By key, so the cost depends on the number of changes only.
WITH
-- Under the lock of the office, no other session can insert the same product: without ON CONFLICT, the insert takes half
-- of the time and a sixth less WAL.
new_product AS (
    INSERT INTO inventory.stock (
        office_id, product_id, changed_at, measurement, quantity, packages_known, package_ids, package_quantities,
        zero_since, was_above_zero
    )
    SELECT
        c.office_id, c.product_id, c.observed_at, c.measurement, c.quantity, c.packages_known, c.package_ids,
        c.package_quantities, c.zero_since, c.was_above_zero
    FROM change AS c
    WHERE c.is_new
)

INSERT INTO inventory.stock (
    office_id, product_id, changed_at, measurement, quantity, packages_known, package_ids, package_quantities,
    zero_since, was_above_zero
)
SELECT
    c.office_id, c.product_id, c.observed_at, c.measurement, c.quantity, c.packages_known, c.package_ids,
    c.package_quantities, c.zero_since, c.was_above_zero
FROM change AS c
WHERE c.is_last AND NOT c.is_new
ON CONFLICT (office_id, product_id) DO UPDATE SET
changed_at = excluded.changed_at,
measurement = excluded.measurement,
quantity = excluded.quantity,
packages_known = excluded.packages_known,
package_ids = excluded.package_ids,
package_quantities = excluded.package_quantities,
zero_since = excluded.zero_since,
was_above_zero = excluded.was_above_zero;
