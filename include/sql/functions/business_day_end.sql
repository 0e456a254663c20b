CREATE OR REPLACE FUNCTION inventory.business_day_end(office bigint, day date) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
RETURN (day + 1)::timestamp AT TIME ZONE inventory.time_zone(office);
COMMENT ON FUNCTION inventory.business_day_end(bigint, date) IS 'Returns the instant at which a business day of an office ends, in its time zone: the first instant after the day.';
