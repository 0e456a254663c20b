-- SECURITY DEFINER, because marts call it and analysts have no rights on the tables that it reads. Its body is bound
-- when it is created, so that search_path cannot redirect it.
CREATE OR REPLACE FUNCTION inventory.time_zone(office bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
RETURN coalesce(ops.setting('time_zone.' || office), ops.setting('business_time_zone'));
COMMENT ON FUNCTION inventory.time_zone(bigint) IS 'Returns the time zone of the business days of an office: its own where a setting gives one, otherwise the business time zone.';
