CREATE OR REPLACE VIEW mart.days_of_supply AS
SELECT
    k.office_id,
    k.product_id,
    k.measurement,
    k.quantity,
    r.depletion_per_day,
    -- As many days as the stock is of what went down in the known days.
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
    -- What neither ran out nor came back was in stock on all days, or on none.
    SELECT r.known_days - coalesce(e.days, CASE WHEN k.quantity > 0 THEN 0 ELSE r.known_days END) AS days_in_stock
) AS d
LEFT JOIN inventory.office AS o ON k.office_id = o.office_id
LEFT JOIN inventory.product AS p ON k.product_id = p.product_id;

COMMENT ON VIEW mart.days_of_supply IS 'How long the current stock of each product ever seen in each office lasts at its recent rate. To decide when to reorder, use in_stock_days_of_supply: its rate is taken over the days on which there was something to deplete. days_of_supply divides by all known days, days out of stock included, so it is longer for a product that was out of stock. The window is the last 28 business days (setting supply_window_days), up to yesterday; a day is known if it was published and is not missing, since the product was first seen there or its measurement changed. The rate is of stock that went down, not of sales: transfers and corrections are in it. Example: what runs out within a week is WHERE quantity > 0 AND in_stock_days_of_supply < 7.';
COMMENT ON COLUMN mart.days_of_supply.office_id IS 'Office.';
COMMENT ON COLUMN mart.days_of_supply.product_id IS 'Product.';
COMMENT ON COLUMN mart.days_of_supply.measurement IS 'Unit of the quantities: unit, unit_range, weight, weight_range, or another that the API sends. Never add different ones.';
COMMENT ON COLUMN mart.days_of_supply.quantity IS 'Stock as last seen. Additive over offices and products of one measurement.';
COMMENT ON COLUMN mart.days_of_supply.depletion_per_day IS 'What went down per known business day, days out of stock included, in the measurement; NULL when no day is known. Additive over offices of one product.';
COMMENT ON COLUMN mart.days_of_supply.days_of_supply IS 'quantity / depletion_per_day, in days; 0 where nothing is left. NULL where no day is known or nothing went down. Not additive: for several offices divide the sums.';
COMMENT ON COLUMN mart.days_of_supply.window_days IS 'Business days of the window, which ends with yesterday.';
COMMENT ON COLUMN mart.days_of_supply.known_days IS 'Those of them that are known: over so many days the rate is taken.';
COMMENT ON COLUMN mart.days_of_supply.depletion IS 'What went down in the window, in the measurement.';
COMMENT ON COLUMN mart.days_of_supply.days_in_stock IS 'Those of the known days on which the office had some of the product, if only for a part of the day.';
COMMENT ON COLUMN mart.days_of_supply.in_stock_depletion_per_day IS 'What went down per day in stock, in the measurement; NULL when there is no such day. Additive over offices of one product.';
COMMENT ON COLUMN mart.days_of_supply.in_stock_days_of_supply IS 'quantity / in_stock_depletion_per_day, in days: how long the stock lasts while it is for sale every day. 0 where nothing is left; NULL where there was no day in stock, or nothing went down. Not additive: for several offices divide the sums.';
COMMENT ON COLUMN mart.days_of_supply.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.days_of_supply.product_name IS 'Current name of the product; NULL until the catalogue names it.';
