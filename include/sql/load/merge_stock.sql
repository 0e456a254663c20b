-- Current stock becomes the last row of the change log.
MERGE INTO inventory.stock AS k
USING (SELECT * FROM change WHERE is_last) AS c
    ON k.office_id = c.office_id AND k.product_id = c.product_id AND k.office_id = ANY(%(office_ids)s)
WHEN MATCHED THEN UPDATE SET
    changed_at = c.observed_at,
    measurement = c.measurement,
    quantity = c.quantity,
    packages_known = c.packages_known,
    package_ids = c.package_ids,
    package_quantities = c.package_quantities,
    zero_since = c.zero_since,
    was_above_zero = c.was_above_zero
WHEN NOT MATCHED THEN INSERT (
    office_id, product_id, changed_at, measurement, quantity, packages_known, package_ids, package_quantities,
    zero_since, was_above_zero
)
VALUES (
    c.office_id, c.product_id, c.observed_at, c.measurement, c.quantity, c.packages_known, c.package_ids,
    c.package_quantities, c.zero_since, c.was_above_zero
);
