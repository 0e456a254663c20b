CREATE OR REPLACE VIEW inventory.supply_window AS
SELECT
    o.office_id,
    t.today - w.days AS first_day,
    t.today - 1 AS last_day,
    inventory.business_day_end(o.office_id, t.today - w.days - 1) AS start_at,
    inventory.business_day_end(o.office_id, t.today - 1) AS end_at,
    w.days AS window_days
FROM inventory.office AS o
CROSS JOIN (SELECT ops.setting('supply_window_days')::integer AS days) AS w
CROSS JOIN LATERAL (
    SELECT (ops.clock() AT TIME ZONE inventory.time_zone(o.office_id))::date AS today
) AS t;

COMMENT ON VIEW inventory.supply_window IS 'The business days of each office over which rates of depletion are taken: the last whole ones.';
COMMENT ON COLUMN inventory.supply_window.office_id IS 'Office.';
COMMENT ON COLUMN inventory.supply_window.first_day IS 'First business day of the window.';
COMMENT ON COLUMN inventory.supply_window.last_day IS 'Its last one: yesterday.';
COMMENT ON COLUMN inventory.supply_window.start_at IS 'Start of the first day.';
COMMENT ON COLUMN inventory.supply_window.end_at IS 'End of the last day.';
COMMENT ON COLUMN inventory.supply_window.window_days IS 'Business days of the window: the setting supply_window_days.';
