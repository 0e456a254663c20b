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

COMMENT ON VIEW mart.package_change IS 'Every change of a package in an office that was observed, by the lists of stock. What happened between two looks is not known: 90, then 78, may be one sale or ten, or a sale and a return. absent means that the product no longer lists the package there: it may be used up, or on its way to another office. Reserved stock belongs to no package. An account without package control has no rows here. Example: the life of package 7, wherever it was, is WHERE package_id = 7 ORDER BY observed_at.';
COMMENT ON COLUMN mart.package_change.office_id IS 'Office.';
COMMENT ON COLUMN mart.package_change.product_id IS 'Product that listed the package.';
COMMENT ON COLUMN mart.package_change.package_id IS 'Package.';
COMMENT ON COLUMN mart.package_change.observed_at IS 'When the new quantity was first seen.';
COMMENT ON COLUMN mart.package_change.quantity IS 'The new quantity, in the measurement of the product; 0 when the package left the office.';
COMMENT ON COLUMN mart.package_change.previous_quantity IS 'The quantity before; NULL at first sighting.';
COMMENT ON COLUMN mart.package_change.reason IS 'first_seen, changed, or absent (no longer listed with its product).';
COMMENT ON COLUMN mart.package_change.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.package_change.product_name IS 'Current name of the product; NULL until the catalogue names it.';
