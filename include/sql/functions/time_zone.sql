-- What follows is used by the marts. It reads with the rights of its owner, so that analysts need none on the tables
-- beneath; the bodies are bound when they are created, so that no search_path can mislead them.
CREATE OR REPLACE FUNCTION inventory.time_zone(office bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
RETURN coalesce(ops.setting('time_zone.' || office), ops.setting('business_time_zone'));
COMMENT ON FUNCTION inventory.time_zone(bigint) IS 'Time zone of the business days of an office: its own where a setting gives it one, else the business time zone.';
