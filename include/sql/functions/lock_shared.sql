CREATE OR REPLACE FUNCTION ops.lock_shared(lock_name text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(ops.lock_key(lock_name));
END;
$$;
COMMENT ON FUNCTION ops.lock_shared(text) IS 'Waits until no other session holds an advisory lock alone, and shares it until the transaction ends. Raises an error for an unknown name.';
