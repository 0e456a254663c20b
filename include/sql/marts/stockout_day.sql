-- The join with publications lets a query about a product read each published day of each office by key.
CREATE OR REPLACE VIEW mart.stockout_day AS
SELECT
    d.snapshot_date AS business_date,
    d.office_id,
    d.product_id,
    d.measurement,
    d.quantity,
    d.basis,
    o.name AS office_name,
    p.name AS product_name,
    -- Computed only where a query selects it.
    EXISTS(
        SELECT
        FROM inventory.daily_movement AS m
        WHERE m.product_id = d.product_id AND m.business_date > d.snapshot_date AND m.increase > 0
    ) AS is_received_since
FROM inventory.daily_stock AS d
INNER JOIN ops.publication AS k ON d.snapshot_date = k.snapshot_date AND d.office_id = k.office_id
LEFT JOIN inventory.office AS o ON d.office_id = o.office_id
LEFT JOIN inventory.product AS p ON d.product_id = p.product_id
WHERE d.quantity <= 0;

COMMENT ON VIEW mart.stockout_day IS 'One row per business day, office and product without stock (0 or below) at the end of the day. Only published days that are not missing are included: a missing day is not a stockout. Rows end 90 days (setting zero_rows_days) after the product was first seen at 0, until it has stock again; products never seen above 0 have none. A product that ran out and was replenished within one day has no row. Example: for the stockout days of each product in March, count(*) WHERE business_date >= ''2026-03-01'' AND business_date < ''2026-04-01'' GROUP BY office_id, product_id; divide by the number of days with published_rows > 0 in mart.coverage. To exclude products that are probably discontinued, add WHERE is_received_since, except for the last few days, after which nothing may have arrived yet.';
COMMENT ON COLUMN mart.stockout_day.business_date IS 'Business day, in the time zone of the office.';
COMMENT ON COLUMN mart.stockout_day.office_id IS 'Id of the office.';
COMMENT ON COLUMN mart.stockout_day.product_id IS 'Id of the product.';
COMMENT ON COLUMN mart.stockout_day.measurement IS 'Unit of the quantity: unit, unit_range, weight, weight_range, or another value that the API sends.';
COMMENT ON COLUMN mart.stockout_day.quantity IS 'Stock at the end of the day, in measurement: 0, or below 0 where the API says so.';
COMMENT ON COLUMN mart.stockout_day.basis IS 'observed: seen within the tolerance after the end of the day; carried_forward: from the last observation before the end of the day.';
COMMENT ON COLUMN mart.stockout_day.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.stockout_day.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
COMMENT ON COLUMN mart.stockout_day.is_received_since IS 'True where stock of the product increased in any office after that day. False: probably discontinued, or not received again yet.';
