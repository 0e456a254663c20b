CREATE OR REPLACE FUNCTION ops.lock(lock_name text, for_session boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF for_session THEN
        PERFORM pg_advisory_lock(ops.lock_key(lock_name));
    ELSE
        PERFORM pg_advisory_xact_lock(ops.lock_key(lock_name));
    END IF;
END;
$$;
COMMENT ON FUNCTION ops.lock(text, boolean) IS 'Waits for an advisory lock and holds it until the transaction ends, or until the session ends where for_session is true. Raises an error for an unknown name.';
