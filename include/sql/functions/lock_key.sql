-- Every advisory lock of the warehouse, by name:
--   office.<id>       loads and publications of an office; a rebuild takes the locks of all offices
--   packages          loads of packages, which share it; alone: the filling of the refresh queue, and rebuilds
--   package_queue     changes of claims in the refresh queue
--   package_task.<n>  a task that refreshes packages, by its number, as long as it runs
--   movements         roll-ups, and rebuilds
--   updates           pulls of changes
--   partitions        the creation of partitions
--   export            an export as Parquet, as long as it runs
-- A migration takes a lock named migrate by itself, because it runs before this function exists.
CREATE OR REPLACE FUNCTION ops.lock_key(lock_name text) RETURNS bigint
LANGUAGE plpgsql AS $$
BEGIN
    IF lock_name !~ '^((office|package_task)\.[0-9]+|packages|package_queue|movements|updates|partitions|export)$' THEN
        RAISE EXCEPTION 'there is no lock named %', lock_name;
    END IF;
    RETURN hashtextextended('indicaonline.' || lock_name, 0);
END;
$$;
COMMENT ON FUNCTION ops.lock_key(text) IS 'Returns the key of an advisory lock by its name. Raises an error for an unknown name.';
