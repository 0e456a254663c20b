CREATE OR REPLACE VIEW mart.inventory_current AS
SELECT
    o.office_id,
    o.name AS office_name,
    s.product_id,
    p.name AS product_name,
    s.measurement,
    s.quantity,
    s.package_count,
    s.observed_at,
    s.changed_at
FROM inventory.office AS o
CROSS JOIN LATERAL inventory.state_as_of(o.office_id, 'infinity'::timestamptz) AS s
LEFT JOIN inventory.product AS p ON s.product_id = p.product_id;

COMMENT ON VIEW mart.inventory_current IS 'One row per office and product ever seen in the office: the last known stock.';
COMMENT ON COLUMN mart.inventory_current.office_id IS 'Id of the office.';
COMMENT ON COLUMN mart.inventory_current.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.inventory_current.product_id IS 'Id of the product.';
COMMENT ON COLUMN mart.inventory_current.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
COMMENT ON COLUMN mart.inventory_current.measurement IS 'Unit of the quantity: unit, unit_range, weight, weight_range, or another value that the API sends.';
COMMENT ON COLUMN mart.inventory_current.quantity IS 'Stock, in measurement. Additive over offices and products of one measurement.';
COMMENT ON COLUMN mart.inventory_current.package_count IS 'Number of packages listed with the product; NULL where the API did not provide them.';
COMMENT ON COLUMN mart.inventory_current.observed_at IS 'Time at which the product was last seen or last absent from a complete pull, changed or not.';
COMMENT ON COLUMN mart.inventory_current.changed_at IS 'Time at which its quantity, measurement or packages were last observed to change.';
