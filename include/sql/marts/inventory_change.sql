-- An office is looked up by key, as it is first in the key of the change log.
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

COMMENT ON VIEW mart.inventory_change IS 'Every change of a quantity that was observed, at product grain. What happened between two observations is not known.';
COMMENT ON COLUMN mart.inventory_change.office_id IS 'Office.';
COMMENT ON COLUMN mart.inventory_change.product_id IS 'Product.';
COMMENT ON COLUMN mart.inventory_change.observed_at IS 'When the new quantity was first seen.';
COMMENT ON COLUMN mart.inventory_change.measurement IS 'Unit of the quantities: unit, unit_range, weight, weight_range, or another that the API sends.';
COMMENT ON COLUMN mart.inventory_change.quantity IS 'The new quantity. Not additive over time; quantity - previous_quantity is.';
COMMENT ON COLUMN mart.inventory_change.previous_quantity IS 'The quantity before; NULL at first sighting and where the measurement changed.';
COMMENT ON COLUMN mart.inventory_change.reason IS 'first_seen, changed, absent (no longer listed by a complete pull of the office: quantity 0), or measurement_changed.';
COMMENT ON COLUMN mart.inventory_change.source IS 'Kind of the pull that saw it: office, updated or product.';
COMMENT ON COLUMN mart.inventory_change.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.inventory_change.product_name IS 'Current name of the product; NULL until the catalogue names it.';
