-- Joins offices first, because office_id leads the key of the change log.
CREATE OR REPLACE VIEW mart.inventory_change AS
SELECT
    c.office_id,
    c.product_id,
    c.observed_at,
    c.measurement,
    c.quantity,
    c.previous_quantity,
    c.reason,
    c.source,
    o.name AS office_name,
    p.name AS product_name
FROM inventory.stock_change AS c
INNER JOIN inventory.office AS o ON c.office_id = o.office_id
LEFT JOIN inventory.product AS p ON c.product_id = p.product_id
WHERE c.previous_quantity IS NULL OR c.quantity <> c.previous_quantity;

COMMENT ON VIEW mart.inventory_change IS 'One row per office, product and observed change of quantity or measurement, the first observation included. What happened between two observations is unknown.';
COMMENT ON COLUMN mart.inventory_change.office_id IS 'Id of the office.';
COMMENT ON COLUMN mart.inventory_change.product_id IS 'Id of the product.';
COMMENT ON COLUMN mart.inventory_change.observed_at IS 'Time at which the new quantity was first observed, by the clock of the API.';
COMMENT ON COLUMN mart.inventory_change.measurement IS 'Unit of the quantities: unit, unit_range, weight, weight_range, or another value that the API sends.';
COMMENT ON COLUMN mart.inventory_change.quantity IS 'New quantity, in measurement. Not additive over time; quantity - previous_quantity is.';
COMMENT ON COLUMN mart.inventory_change.previous_quantity IS 'Quantity of the observation before, in measurement; NULL where the product was first seen and where the measurement changed.';
COMMENT ON COLUMN mart.inventory_change.reason IS 'first_seen, changed, absent (a complete pull of the office no longer lists the product: quantity 0), or measurement_changed.';
COMMENT ON COLUMN mart.inventory_change.source IS 'Kind of the pull that observed it: office, updated or product.';
COMMENT ON COLUMN mart.inventory_change.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.inventory_change.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
