CREATE OR REPLACE VIEW mart.days_of_supply AS
SELECT
    k.office_id,
    k.product_id,
    k.measurement,
    k.quantity,
    r.depletion_per_day,
    -- From the sums, so that a rate that is no round number leaves no crumbs.
    greatest(k.quantity, 0) * nullif(r.known_days, 0) / nullif(r.depletion, 0) AS days_of_supply,
    r.window_days,
    r.known_days,
    r.depletion
FROM inventory.stock AS k
INNER JOIN inventory.depletion_rate AS r ON k.office_id = r.office_id AND k.product_id = r.product_id;

COMMENT ON VIEW mart.days_of_supply IS 'How long the current stock of each product ever seen in each office lasts at the rate of late: what went down in the last 28 business days (setting supply_window_days), up to yesterday, over those of them that are known, which are the days that were published and are not missing, since the product was first seen there or its measurement changed. Stock that went down, not sales: transfers and corrections are in it, and days out of stock lower the rate. Example: what runs out within a week is WHERE quantity > 0 AND days_of_supply < 7.';
COMMENT ON COLUMN mart.days_of_supply.office_id IS 'Office.';
COMMENT ON COLUMN mart.days_of_supply.product_id IS 'Product.';
COMMENT ON COLUMN mart.days_of_supply.measurement IS 'Unit of the quantities: unit, unit_range, weight, weight_range, or another that the API sends. Never add different ones.';
COMMENT ON COLUMN mart.days_of_supply.quantity IS 'Stock as last seen. Additive over offices and products of one measurement.';
COMMENT ON COLUMN mart.days_of_supply.depletion_per_day IS 'What went down per known business day, in the measurement; NULL when no day is known. Additive over offices of one product.';
COMMENT ON COLUMN mart.days_of_supply.days_of_supply IS 'quantity / depletion_per_day, in days; 0 where nothing is left. NULL where no day is known or nothing went down: that is no end of supply, and not none of it. Not additive: for several offices divide the sums.';
COMMENT ON COLUMN mart.days_of_supply.window_days IS 'Business days of the window, which ends with yesterday.';
COMMENT ON COLUMN mart.days_of_supply.known_days IS 'Those of them that are known: over so many days the rate is taken.';
COMMENT ON COLUMN mart.days_of_supply.depletion IS 'What went down in the window, in the measurement.';
