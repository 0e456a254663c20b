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

COMMENT ON VIEW mart.inventory_current IS 'The last known stock of every product ever seen in every office.';
COMMENT ON COLUMN mart.inventory_current.office_id IS 'Office.';
COMMENT ON COLUMN mart.inventory_current.office_name IS 'Its current name; NULL until the reference data told it.';
COMMENT ON COLUMN mart.inventory_current.product_id IS 'Product.';
COMMENT ON COLUMN mart.inventory_current.product_name IS 'Its current name; NULL until the reference data told it.';
COMMENT ON COLUMN mart.inventory_current.measurement IS 'Unit of the quantity: unit, unit_range, weight, weight_range, or another that the API sends.';
COMMENT ON COLUMN mart.inventory_current.quantity IS 'Stock. Additive over offices and products of one measurement.';
COMMENT ON COLUMN mart.inventory_current.package_count IS 'Packages listed with the product; NULL where the API did not tell.';
COMMENT ON COLUMN mart.inventory_current.observed_at IS 'When the product was last seen, or proven absent, changed or not.';
COMMENT ON COLUMN mart.inventory_current.changed_at IS 'When its quantity, measurement or packages were last seen to differ from before.';
