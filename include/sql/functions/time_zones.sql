CREATE OR REPLACE FUNCTION inventory.time_zones() RETURNS text[]
LANGUAGE sql STABLE AS $$
SELECT array_agg(DISTINCT t.zone)
FROM (
    SELECT inventory.time_zone(o.office_id) AS zone
    FROM inventory.office AS o
    UNION ALL
    SELECT ops.setting('business_time_zone')
) AS t;
$$;
COMMENT ON FUNCTION inventory.time_zones() IS 'Returns the time zones in which business days end: those of the offices, and the business time zone.';
