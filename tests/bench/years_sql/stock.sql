-- Current stock: the last row of the change log of each product of each office.
INSERT INTO inventory.stock (
    office_id, product_id, changed_at, measurement, quantity, packages_known, package_ids, package_quantities,
    package_quantity, zero_since, was_above_zero
)
SELECT
    c.office_id, c.product_id, c.observed_at, c.measurement, c.quantity, c.packages_known, c.package_ids,
    c.package_quantities, c.quantity, c.zero_since, c.was_above_zero
FROM bench.pair AS p
CROSS JOIN LATERAL (
    SELECT l.*
    FROM inventory.stock_change AS l
    WHERE l.office_id = p.office_id AND l.product_id = p.product_id
    ORDER BY l.observed_at DESC
    LIMIT 1
) AS c;
