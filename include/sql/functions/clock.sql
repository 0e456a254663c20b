CREATE OR REPLACE FUNCTION ops.clock() RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(nullif(current_setting('indicaonline.now', true), '')::timestamptz, now());
COMMENT ON FUNCTION ops.clock() IS 'Returns the current time: that of the transaction, or of the session setting indicaonline.now (for tests and demos).';
