-- Offices first, as they are first in the key of the movements.
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

COMMENT ON VIEW mart.stock_movement_daily IS 'What was seen to move per office, product and business day: opening + increase - depletion = closing, except where opening is NULL because it is not known. By time of observation: what happened before midnight, or on a day that nobody saw, counts on the day on which it was seen. A day without a row: nothing was seen to change, be it that nobody looked; mart.coverage tells them apart. Movements are net between two observations: 5 sold and 5 received in between are none. Depletion is not sales: transfers, waste and corrections move stock too. Example: what went down in March is sum(depletion) WHERE business_date >= ''2026-03-01'' AND business_date < ''2026-04-01'' GROUP BY office_id, product_id, measurement.';
COMMENT ON COLUMN mart.stock_movement_daily.business_date IS 'Business day of the office on which the changes were seen.';
COMMENT ON COLUMN mart.stock_movement_daily.office_id IS 'Office.';
COMMENT ON COLUMN mart.stock_movement_daily.product_id IS 'Product.';
COMMENT ON COLUMN mart.stock_movement_daily.measurement IS 'Unit of the quantities: unit, unit_range, weight, weight_range, or another that the API sends. Never add different ones. When it changes a new series starts; a day may have a row for each.';
COMMENT ON COLUMN mart.stock_movement_daily.opening IS 'Stock before the first change of the day. 0 at a first sighting when an earlier complete pull of the office lacked the product. NULL where it is not known: at any other first sighting, and on a day on which the measurement changed to this one. Never add over days.';
COMMENT ON COLUMN mart.stock_movement_daily.increase IS 'Sum of the changes upwards. Where opening is NULL, only of those with a known quantity before. Additive over days, offices and products of one measurement.';
COMMENT ON COLUMN mart.stock_movement_daily.depletion IS 'Sum of the changes downwards, as a positive number; likewise. What vanishes is depletion, what a change of measurement leaves behind is not. Additive over days, offices and products of one measurement.';
COMMENT ON COLUMN mart.stock_movement_daily.closing IS 'Stock after the last change of the day, in this measurement. It is the opening of the next row of the series. Never add over days.';
COMMENT ON COLUMN mart.stock_movement_daily.office_name IS 'Current name of the office.';
COMMENT ON COLUMN mart.stock_movement_daily.product_name IS 'Current name of the product; NULL until the catalogue names it.';
COMMENT ON COLUMN mart.stock_movement_daily.brand IS 'Current brand of the product.';
COMMENT ON COLUMN mart.stock_movement_daily.category IS 'Current category of the product.';
