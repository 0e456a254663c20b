-- The key of inventory.daily_stock is in the order of publication, so that publishing appends. The join with
-- publications lets a query about a product read each published day of each office by key.
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

COMMENT ON VIEW mart.inventory_daily IS 'One row per business day, office and product: the stock at the end of the day. A missing day has no rows, which does not mean zero stock: see mart.coverage.';
COMMENT ON COLUMN mart.inventory_daily.snapshot_date IS 'Business day, in the time zone of the office.';
COMMENT ON COLUMN mart.inventory_daily.office_id IS 'Id of the office.';
COMMENT ON COLUMN mart.inventory_daily.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.inventory_daily.product_id IS 'Id of the product.';
COMMENT ON COLUMN mart.inventory_daily.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
COMMENT ON COLUMN mart.inventory_daily.brand IS 'Current name of the brand.';
COMMENT ON COLUMN mart.inventory_daily.category IS 'Current name of the category.';
COMMENT ON COLUMN mart.inventory_daily.measurement IS 'Unit of the quantities: unit, unit_range, weight, weight_range, or another value that the API sends. Never add quantities of different measurements.';
COMMENT ON COLUMN mart.inventory_daily.quantity IS 'Stock at the end of the day, in measurement. Additive over offices and products of one measurement, never over days.';
COMMENT ON COLUMN mart.inventory_daily.package_count IS 'Number of packages listed with the product; NULL where the API did not provide them.';
COMMENT ON COLUMN mart.inventory_daily.package_quantity IS 'Sum of the quantities of these packages, in measurement; NULL where the API did not provide them. It may differ from quantity.';
COMMENT ON COLUMN mart.inventory_daily.basis IS 'observed: seen within the tolerance after the end of the day; carried_forward: from the last observation before the end of the day.';
COMMENT ON COLUMN mart.inventory_daily.observed_at IS 'Time at which this state was last seen. The age of a carried row is the end of the day minus this.';
