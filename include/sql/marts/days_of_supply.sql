CREATE OR REPLACE VIEW mart.days_of_supply AS
SELECT
    k.office_id,
    k.product_id,
    k.measurement,
    k.quantity,
    r.depletion_per_day,
    -- Multiplied before it is divided, to keep the precision: quantity / (depletion / known_days).
    greatest(k.quantity, 0) * nullif(r.known_days, 0) / nullif(r.depletion, 0) AS days_of_supply,
    r.window_days,
    r.known_days,
    r.depletion,
    d.days_in_stock,
    r.depletion / nullif(d.days_in_stock, 0) AS in_stock_depletion_per_day,
    greatest(k.quantity, 0) * nullif(d.days_in_stock, 0) / nullif(r.depletion, 0) AS in_stock_days_of_supply,
    o.name AS office_name,
    p.name AS product_name
FROM inventory.stock AS k
INNER JOIN inventory.depletion_rate AS r ON k.office_id = r.office_id AND k.product_id = r.product_id
LEFT JOIN inventory.empty_days AS e ON k.office_id = e.office_id AND k.product_id = e.product_id
CROSS JOIN LATERAL (
    -- A product that neither ran out nor came back was in stock on all known days, or on none.
    SELECT r.known_days - coalesce(e.days, CASE WHEN k.quantity > 0 THEN 0 ELSE r.known_days END) AS days_in_stock
) AS d
LEFT JOIN inventory.office AS o ON k.office_id = o.office_id
LEFT JOIN inventory.product AS p ON k.product_id = p.product_id;

COMMENT ON VIEW mart.days_of_supply IS 'One row per office and product ever seen in the office: how long the current stock lasts at the recent rate of depletion. To decide when to reorder, use in_stock_days_of_supply: its rate is an average over the days on which the office had stock. days_of_supply divides by all known days, days without stock included, so it is too long for a product that ran out. The window is the last 28 business days (setting supply_window_days) up to yesterday. A day is known if it was published, is not missing, and ended after the product was first seen in the office or its measurement last changed. Depletion includes transfers and corrections: it is not sales. Example: for products that run out within a week, WHERE quantity > 0 AND in_stock_days_of_supply < 7.';
COMMENT ON COLUMN mart.days_of_supply.office_id IS 'Id of the office.';
COMMENT ON COLUMN mart.days_of_supply.product_id IS 'Id of the product.';
COMMENT ON COLUMN mart.days_of_supply.measurement IS 'Unit of the quantities: unit, unit_range, weight, weight_range, or another value that the API sends. Never add quantities of different measurements.';
COMMENT ON COLUMN mart.days_of_supply.quantity IS 'Stock as last observed, in measurement. Additive over offices and products of one measurement.';
COMMENT ON COLUMN mart.days_of_supply.depletion_per_day IS 'Depletion per known business day, days without stock included, in measurement; NULL where no day is known. Additive over offices of one product.';
COMMENT ON COLUMN mart.days_of_supply.days_of_supply IS 'quantity / depletion_per_day, in days; 0 where no stock is left. NULL where no day is known or nothing was depleted. Not additive: for several offices, divide the sums.';
COMMENT ON COLUMN mart.days_of_supply.window_days IS 'Length of the window in business days; the last one is yesterday.';
COMMENT ON COLUMN mart.days_of_supply.known_days IS 'Number of days of the window that are known.';
COMMENT ON COLUMN mart.days_of_supply.depletion IS 'Depletion in the window, in measurement. Additive over offices and products of one measurement.';
COMMENT ON COLUMN mart.days_of_supply.days_in_stock IS 'Number of known days on which the office had stock of the product for at least a part of the day.';
COMMENT ON COLUMN mart.days_of_supply.in_stock_depletion_per_day IS 'Depletion per day in stock, in measurement; NULL where there is no such day. Additive over offices of one product.';
COMMENT ON COLUMN mart.days_of_supply.in_stock_days_of_supply IS 'quantity / in_stock_depletion_per_day, in days: how long the stock lasts while it is available every day. 0 where no stock is left; NULL where there was no day in stock or nothing was depleted. Not additive: for several offices, divide the sums.';
COMMENT ON COLUMN mart.days_of_supply.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.days_of_supply.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
