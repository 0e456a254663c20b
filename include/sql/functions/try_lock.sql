CREATE OR REPLACE FUNCTION ops.try_lock(lock_name text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    RETURN pg_try_advisory_xact_lock(ops.lock_key(lock_name));
END;
$$;
COMMENT ON FUNCTION ops.try_lock(text) IS 'Returns true where no other session holds an advisory lock; it is then held until the transaction ends. Raises an error for an unknown name.';
