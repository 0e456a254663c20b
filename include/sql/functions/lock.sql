-- Every advisory lock of the warehouse, by name:
--   office.<id>  loads and publications of an office; a rebuild takes the locks of all offices
--   packages     refreshes of packages, and rebuilds
--   movements    roll-ups, and rebuilds
--   updates      pulls of changes
--   partitions   the creation of partitions
-- A migration takes a lock named migrate by itself, because it runs before this function exists.
CREATE OR REPLACE FUNCTION ops.lock(lock_name text, for_session boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    key bigint := hashtextextended('indicaonline.' || lock_name, 0);
BEGIN
    IF lock_name !~ '^(office\.[0-9]+|packages|movements|updates|partitions)$' THEN
        RAISE EXCEPTION 'there is no lock named %', lock_name;
    ELSIF for_session THEN
        PERFORM pg_advisory_lock(key);
    ELSE
        PERFORM pg_advisory_xact_lock(key);
    END IF;
END;
$$;
COMMENT ON FUNCTION ops.lock(text, boolean) IS 'Waits for an advisory lock and holds it until the transaction ends, or until the session ends where for_session is true. Raises an error for an unknown name.';
