-- What follows is used by the marts. It reads with the rights of its owner, so that analysts need none on the tables
-- beneath; the bodies are bound when they are created, so that no search_path can mislead them.
CREATE OR REPLACE FUNCTION inventory.time_zone(office bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
RETURN coalesce(
    (SELECT o.time_zone FROM inventory.office AS o WHERE o.office_id = office),
    ops.setting('business_time_zone')
);
COMMENT ON FUNCTION inventory.time_zone(bigint) IS 'Time zone of the business days of an office.';
