-- Joins offices first, because office_id leads the key of the movements.
CREATE OR REPLACE VIEW mart.stock_movement_daily AS
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

COMMENT ON VIEW mart.stock_movement_daily IS 'One row per business day, office, product and measurement with an observed change: opening + increase - depletion = closing, except where opening is unknown (NULL). Days are days of observation: what happened before midnight, or on a day without pulls, counts on the day on which it was observed. A day without a row had no observed change, perhaps because nothing was pulled: see mart.coverage. Movements are net between two observations: 5 sold and 5 received in between are invisible. Depletion is not sales: transfers, waste and corrections are included. Example: for the depletion in March, sum(depletion) WHERE business_date >= ''2026-03-01'' AND business_date < ''2026-04-01'' GROUP BY office_id, product_id, measurement.';
COMMENT ON COLUMN mart.stock_movement_daily.business_date IS 'Business day on which the changes were observed, in the time zone of the office.';
COMMENT ON COLUMN mart.stock_movement_daily.office_id IS 'Id of the office.';
COMMENT ON COLUMN mart.stock_movement_daily.product_id IS 'Id of the product.';
COMMENT ON COLUMN mart.stock_movement_daily.measurement IS 'Unit of the quantities: unit, unit_range, weight, weight_range, or another value that the API sends. Never add quantities of different measurements. A change of measurement starts a new series, so a day may have a row for each.';
COMMENT ON COLUMN mart.stock_movement_daily.opening IS 'Stock before the first change of the day, in measurement. 0 for a product first seen on this day that an earlier complete pull of the office did not list. NULL where it is unknown: for any other product first seen on this day, and where the measurement changed to this one on this day. Never add over days.';
COMMENT ON COLUMN mart.stock_movement_daily.increase IS 'Sum of the increases, in measurement. Where opening is NULL, only of increases from a known quantity. Additive over days, offices and products of one measurement.';
COMMENT ON COLUMN mart.stock_movement_daily.depletion IS 'Sum of the decreases, as a positive number, in measurement. Where opening is NULL, only of decreases from a known quantity. A product that is no longer listed is depleted; a change of measurement depletes nothing. Additive over days, offices and products of one measurement.';
COMMENT ON COLUMN mart.stock_movement_daily.closing IS 'Stock after the last change of the day, in measurement: the opening of the next row of the series. Never add over days.';
COMMENT ON COLUMN mart.stock_movement_daily.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.stock_movement_daily.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
COMMENT ON COLUMN mart.stock_movement_daily.brand IS 'Current name of the brand.';
COMMENT ON COLUMN mart.stock_movement_daily.category IS 'Current name of the category.';
