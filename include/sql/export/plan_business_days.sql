-- Returns the closed business days, and what the movements of each were derived from.
SELECT i.day, i.inputs || coalesce(z.zones, '') AS inputs
FROM ops.inputs_by_day(ARRAY['office', 'updated', 'product'], inventory.time_zones()) AS i
-- A roll-up derives the days of an office again where its time zone has changed.
CROSS JOIN (
    SELECT string_agg(o.office_id || o.movement_time_zone, ' ' ORDER BY o.office_id) AS zones
    FROM inventory.office AS o
) AS z
ORDER BY i.day;
