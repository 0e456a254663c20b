CREATE OR REPLACE VIEW mart.package_change AS
SELECT
    c.office_id,
    c.product_id,
    c.package_id,
    c.observed_at,
    c.quantity,
    c.previous_quantity,
    c.reason,
    o.name AS office_name,
    p.name AS product_name
FROM inventory.package_change AS c
LEFT JOIN inventory.office AS o ON c.office_id = o.office_id
LEFT JOIN inventory.product AS p ON c.product_id = p.product_id;

COMMENT ON VIEW mart.package_change IS 'One row per office, product, package and observed change of its quantity, from the packages listed with products in stock. What happened between two observations is unknown: 90, then 78, may be one sale, ten sales, or a sale and a return. absent means that the product no longer lists the package in the office: it may be used up or in transit to another office. Reserved stock belongs to no package. An account without package control has no rows here. Example: for the history of package 7 in all offices, WHERE package_id = 7 ORDER BY observed_at.';
COMMENT ON COLUMN mart.package_change.office_id IS 'Id of the office.';
COMMENT ON COLUMN mart.package_change.product_id IS 'Id of the product that listed the package.';
COMMENT ON COLUMN mart.package_change.package_id IS 'Id of the package.';
COMMENT ON COLUMN mart.package_change.observed_at IS 'Time at which the new quantity was first observed, by the clock of the API.';
COMMENT ON COLUMN mart.package_change.quantity IS 'New quantity, in the measurement of the product; 0 where the package left the office. Not additive over time.';
COMMENT ON COLUMN mart.package_change.previous_quantity IS 'Quantity of the observation before, in the measurement of the product; NULL where the package was first seen in the office.';
COMMENT ON COLUMN mart.package_change.reason IS 'first_seen, changed, or absent (no longer listed with its product).';
COMMENT ON COLUMN mart.package_change.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.package_change.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
