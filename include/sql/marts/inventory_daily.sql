-- The key of inventory.daily_stock is in the order in which days are published: writing appends. A product over all days
-- is then one look by key for each published day of each office, and the ledger of publications knows which these are.
CREATE OR REPLACE VIEW mart.inventory_daily AS
SELECT
    d.snapshot_date,
    d.office_id,
    o.name AS office_name,
    d.product_id,
    p.name AS product_name,
    b.name AS brand,
    g.name AS category,
    d.measurement,
    d.quantity,
    d.package_count,
    d.package_quantity,
    d.basis,
    d.observed_at
FROM inventory.daily_stock AS d
INNER JOIN ops.publication AS k ON d.snapshot_date = k.snapshot_date AND d.office_id = k.office_id
LEFT JOIN inventory.office AS o ON d.office_id = o.office_id
LEFT JOIN inventory.product AS p ON d.product_id = p.product_id
LEFT JOIN inventory.brand AS b ON p.brand_id = b.brand_id
LEFT JOIN inventory.category AS g ON p.category_id = g.category_id;

COMMENT ON VIEW mart.inventory_daily IS 'Stock of every product in every office at the end of each business day. A day nobody can know has no rows: see mart.coverage.';
COMMENT ON COLUMN mart.inventory_daily.snapshot_date IS 'Business day.';
COMMENT ON COLUMN mart.inventory_daily.office_id IS 'Office.';
COMMENT ON COLUMN mart.inventory_daily.office_name IS 'Its current name; NULL until the reference data told it.';
COMMENT ON COLUMN mart.inventory_daily.product_id IS 'Product.';
COMMENT ON COLUMN mart.inventory_daily.product_name IS 'Its current name; NULL until the reference data told it.';
COMMENT ON COLUMN mart.inventory_daily.brand IS 'Current name of its brand.';
COMMENT ON COLUMN mart.inventory_daily.category IS 'Current name of its category.';
COMMENT ON COLUMN mart.inventory_daily.measurement IS 'Unit of the quantities: unit, unit_range, weight, weight_range, or another that the API sends. Never add different ones.';
COMMENT ON COLUMN mart.inventory_daily.quantity IS 'Stock at the end of the day. Additive over offices and products of one measurement, never over days.';
COMMENT ON COLUMN mart.inventory_daily.package_count IS 'Packages listed with the product; NULL where the API did not tell.';
COMMENT ON COLUMN mart.inventory_daily.package_quantity IS 'Sum of their quantities, in the measurement; NULL where the API did not tell. It need not equal quantity.';
COMMENT ON COLUMN mart.inventory_daily.basis IS 'observed: seen after the end of the day, within the tolerance; carried_forward: the last observation before the end of the day.';
COMMENT ON COLUMN mart.inventory_daily.observed_at IS 'When the row was last seen to be so; for carried rows, their age is the end of the day minus this.';
