-- The ledger of publications knows the days: a product over all of them is one look by key for each day of each office.
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
    -- Computed only where it is asked for.
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

COMMENT ON VIEW mart.stockout_day IS 'Business days at whose end a product had no stock in an office: 0 or below. Only days that were published and are not missing: a day nobody can know is no stockout. A product is followed for 90 days (setting zero_rows_days) from the first sighting at 0, and only where it was ever seen above 0: one that ran out longer ago is out of the range, and has no rows until it has had stock again. A product that ran out and was replenished within a day has no row. Example: how often each product was out in March is count(*) WHERE business_date >= ''2026-03-01'' AND business_date < ''2026-04-01'' GROUP BY office_id, product_id; divide by the days of mart.coverage that have published_rows. Products that no office has received since are probably discontinued: leave them out with WHERE is_received_since, but for the last few days, on which nothing may have arrived yet.';
COMMENT ON COLUMN mart.stockout_day.business_date IS 'Business day of the office.';
COMMENT ON COLUMN mart.stockout_day.office_id IS 'Office.';
COMMENT ON COLUMN mart.stockout_day.product_id IS 'Product.';
COMMENT ON COLUMN mart.stockout_day.measurement IS 'Unit of the quantity: unit, unit_range, weight, weight_range, or another that the API sends.';
COMMENT ON COLUMN mart.stockout_day.quantity IS 'Stock at the end of the day: 0, or below 0 where the API says so.';
COMMENT ON COLUMN mart.stockout_day.basis IS 'observed: seen by the pull after the end of the day; carried_forward: the last observation before.';
COMMENT ON COLUMN mart.stockout_day.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.stockout_day.product_name IS 'Current name of the product; NULL until the catalogue names it.';
COMMENT ON COLUMN mart.stockout_day.is_received_since IS 'Whether stock of the product was seen to increase in any office after that day. False: probably discontinued, or not received again yet.';
