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

COMMENT ON VIEW inventory.supply_window IS 'One row per office: the last whole business days, over which rates of depletion are calculated.';
COMMENT ON COLUMN inventory.supply_window.office_id IS 'Id of the office.';
COMMENT ON COLUMN inventory.supply_window.first_day IS 'First business day of the window, in the time zone of the office.';
COMMENT ON COLUMN inventory.supply_window.last_day IS 'Last business day of the window: yesterday.';
COMMENT ON COLUMN inventory.supply_window.start_at IS 'Start of first_day.';
COMMENT ON COLUMN inventory.supply_window.end_at IS 'End of last_day.';
COMMENT ON COLUMN inventory.supply_window.window_days IS 'Length of the window in business days (setting supply_window_days).';
