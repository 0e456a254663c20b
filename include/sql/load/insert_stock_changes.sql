-- Appends to the change log at product grain.
INSERT INTO inventory.stock_change (
    office_id, product_id, observed_at, pull_id, measurement, quantity, previous_quantity, reason, source,
    packages_known, package_ids, package_quantities, zero_since, was_above_zero
)
SELECT
    c.office_id, c.product_id, c.observed_at, c.pull_id, c.measurement, c.quantity, c.previous_quantity, c.reason,
    p.kind,
    c.packages_known, c.package_ids, c.package_quantities, c.zero_since, c.was_above_zero
FROM change AS c
INNER JOIN ops.pull AS p ON c.pull_id = p.pull_id;
