-- What moved per office, product and business day, rolled up from the change log; days out of stock; days of supply.

CREATE TABLE inventory.daily_movement (
    office_id bigint NOT NULL,
    product_id bigint NOT NULL,
    business_date date NOT NULL,
    measurement text NOT NULL,
    opening numeric,
    increase numeric NOT NULL,
    depletion numeric NOT NULL,
    closing numeric NOT NULL,
    PRIMARY KEY (office_id, product_id, business_date, measurement),
    CONSTRAINT movements_add_up CHECK (opening + increase - depletion = closing),
    CONSTRAINT movements_are_not_negative CHECK (increase >= 0 AND depletion >= 0)
) PARTITION BY RANGE (business_date);
COMMENT ON TABLE inventory.daily_movement IS 'What the change log comes to per business day: a row for each office, product and measurement of which a quantity was seen to change. Derived: roll_up brings it up to the change log.';
COMMENT ON COLUMN inventory.daily_movement.office_id IS 'Office.';
COMMENT ON COLUMN inventory.daily_movement.product_id IS 'Product.';
COMMENT ON COLUMN inventory.daily_movement.business_date IS 'Business day of the office on which the changes were seen.';
COMMENT ON COLUMN inventory.daily_movement.measurement IS 'unit, unit_range, weight or weight_range: the unit of the quantities.';
COMMENT ON COLUMN inventory.daily_movement.opening IS 'Quantity before the first change of the day; 0 at a first sight that an earlier complete pull of the office proves new; NULL where it is not known, because a series starts on that day.';
COMMENT ON COLUMN inventory.daily_movement.increase IS 'Sum of the changes upwards. Additive over days, offices and products of one measurement.';
COMMENT ON COLUMN inventory.daily_movement.depletion IS 'Sum of the changes downwards, as a positive number. Additive over days, offices and products of one measurement.';
COMMENT ON COLUMN inventory.daily_movement.closing IS 'Quantity after the last change of the day.';

ALTER TABLE ops.pull ADD COLUMN is_rolled_up boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN ops.pull.is_rolled_up IS 'Whether what this pull changed is in inventory.daily_movement.';
CREATE INDEX pull_to_roll_up ON ops.pull (pull_id)
WHERE NOT is_rolled_up AND kind IN ('office', 'updated', 'product') AND status IN ('complete', 'incomplete');
-- Asks whether anything was seen at or after a pull.
CREATE INDEX pull_by_last_page ON ops.pull (last_page_at)
WHERE kind IN ('office', 'updated', 'product') AND status IN ('complete', 'incomplete');

ALTER TABLE inventory.office ADD COLUMN movement_time_zone text;
COMMENT ON COLUMN inventory.office.movement_time_zone IS 'Time zone of its days in inventory.daily_movement; NULL before the first of them. When the setting has changed, roll_up makes all of them again.';

-- Offices first, as they are first in the key.
CREATE VIEW mart.stock_movement_daily AS
SELECT
    m.business_date,
    m.office_id,
    m.product_id,
    m.measurement,
    m.opening,
    m.increase,
    m.depletion,
    m.closing,
    o.name AS office_name,
    p.name AS product_name,
    b.name AS brand,
    g.name AS category
FROM inventory.daily_movement AS m
INNER JOIN inventory.office AS o ON m.office_id = o.office_id
LEFT JOIN inventory.product AS p ON m.product_id = p.product_id
LEFT JOIN inventory.brand AS b ON p.brand_id = b.brand_id
LEFT JOIN inventory.category AS g ON p.category_id = g.category_id;

-- The ledger of publications knows the days: a product over all of them is one look by key for each day of each office.
CREATE VIEW mart.stockout_day AS
SELECT
    d.snapshot_date AS business_date,
    d.office_id,
    d.product_id,
    d.measurement,
    d.quantity,
    d.basis
FROM inventory.daily_stock AS d
INNER JOIN ops.publication AS k ON d.snapshot_date = k.snapshot_date AND d.office_id = k.office_id
WHERE d.quantity <= 0;

CREATE VIEW mart.days_of_supply AS
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

COMMENT ON VIEW mart.stock_movement_daily IS 'What was seen to move per office, product and business day: opening + increase - depletion = closing, except where opening is NULL because it is not known. By time of observation: what happened before midnight, or on a day that nobody saw, counts on the day on which it was seen. A day without a row: nothing was seen to change, be it that nobody looked; mart.coverage tells them apart. Movements are net between two observations: 5 sold and 5 received in between are none. Depletion is not sales: transfers, waste and corrections move stock too. Example: what went down in March is sum(depletion) WHERE business_date >= ''2026-03-01'' AND business_date < ''2026-04-01'' GROUP BY office_id, product_id, measurement.';
COMMENT ON COLUMN mart.stock_movement_daily.business_date IS 'Business day of the office on which the changes were seen.';
COMMENT ON COLUMN mart.stock_movement_daily.office_id IS 'Office.';
COMMENT ON COLUMN mart.stock_movement_daily.product_id IS 'Product.';
COMMENT ON COLUMN mart.stock_movement_daily.measurement IS 'Unit of the quantities: unit, unit_range, weight or weight_range. Never add different ones. When it changes a new series starts; a day may have a row for each.';
COMMENT ON COLUMN mart.stock_movement_daily.opening IS 'Stock before the first change of the day. 0 at a first sight when an earlier complete pull of the office lacked the product. NULL where it is not known: at any other first sight, and on a day on which the measurement changed to this one. Never add over days.';
COMMENT ON COLUMN mart.stock_movement_daily.increase IS 'Sum of the changes upwards. Where opening is NULL, only of those with a known quantity before. Additive over days, offices and products of one measurement.';
COMMENT ON COLUMN mart.stock_movement_daily.depletion IS 'Sum of the changes downwards, as a positive number; likewise. What vanishes is depletion, what a change of measurement leaves behind is not. Additive over days, offices and products of one measurement.';
COMMENT ON COLUMN mart.stock_movement_daily.closing IS 'Stock after the last change of the day, in this measurement. It is the opening of the next row of the series. Never add over days.';
COMMENT ON COLUMN mart.stock_movement_daily.office_name IS 'Current name of the office.';
COMMENT ON COLUMN mart.stock_movement_daily.product_name IS 'Current name of the product; NULL until the catalogue names it.';
COMMENT ON COLUMN mart.stock_movement_daily.brand IS 'Current brand of the product.';
COMMENT ON COLUMN mart.stock_movement_daily.category IS 'Current category of the product.';

COMMENT ON VIEW mart.stockout_day IS 'Business days at whose end a product had no stock in an office: 0 or below. Only days that were published and are not missing: a day nobody can know is no stockout. A product is followed for 90 days (setting zero_rows_days) from the first sight at 0, and only where it was ever seen above 0: one that ran out longer ago is out of the range, and has no rows until it has had stock again. A product that ran out and was replenished within a day has no row. Example: how often each product was out in March is count(*) WHERE business_date >= ''2026-03-01'' AND business_date < ''2026-04-01'' GROUP BY office_id, product_id; divide by the days of mart.coverage that are not missing.';
COMMENT ON COLUMN mart.stockout_day.business_date IS 'Business day of the office.';
COMMENT ON COLUMN mart.stockout_day.office_id IS 'Office.';
COMMENT ON COLUMN mart.stockout_day.product_id IS 'Product.';
COMMENT ON COLUMN mart.stockout_day.measurement IS 'Unit of the quantity: unit, unit_range, weight or weight_range.';
COMMENT ON COLUMN mart.stockout_day.quantity IS 'Stock at the end of the day: 0, or below 0 where the API says so.';
COMMENT ON COLUMN mart.stockout_day.basis IS 'observed: seen by the pull after the end of the day; carried_forward: the last observation before.';

COMMENT ON VIEW mart.days_of_supply IS 'How long the current stock of each product ever seen in each office lasts at the rate of late: what went down in the last 28 business days (setting supply_window_days), up to yesterday, over those of them that are known, which are the days that were published and are not missing, since the product was first seen there or its measurement changed. Stock that went down, not sales: transfers and corrections are in it, and days out of stock lower the rate. Example: what runs out within a week is WHERE quantity > 0 AND days_of_supply < 7.';
COMMENT ON COLUMN mart.days_of_supply.office_id IS 'Office.';
COMMENT ON COLUMN mart.days_of_supply.product_id IS 'Product.';
COMMENT ON COLUMN mart.days_of_supply.measurement IS 'Unit of the quantities: unit, unit_range, weight or weight_range. Never add different ones.';
COMMENT ON COLUMN mart.days_of_supply.quantity IS 'Stock as last seen. Additive over offices and products of one measurement.';
COMMENT ON COLUMN mart.days_of_supply.depletion_per_day IS 'What went down per known business day, in the measurement; NULL when no day is known. Additive over offices of one product.';
COMMENT ON COLUMN mart.days_of_supply.days_of_supply IS 'quantity / depletion_per_day, in days; 0 where nothing is left. NULL where no day is known or nothing went down: that is no end of supply, and not none of it. Not additive: for several offices divide the sums.';
COMMENT ON COLUMN mart.days_of_supply.window_days IS 'Business days of the window, which ends with yesterday.';
COMMENT ON COLUMN mart.days_of_supply.known_days IS 'Those of them that are known: over so many days the rate is taken.';
COMMENT ON COLUMN mart.days_of_supply.depletion IS 'What went down in the window, in the measurement.';
