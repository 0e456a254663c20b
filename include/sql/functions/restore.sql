CREATE OR REPLACE FUNCTION raw.restore(bodies bytea[]) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    body bytea := bodies[cardinality(bodies)];
BEGIN
    FOR i IN REVERSE cardinality(bodies) - 1 .. 1 LOOP
        IF bodies[i] IS NOT NULL THEN
            body := raw.inflate(bodies[i], body);
        END IF;
    END LOOP;
    RETURN body;
END;
$$;
COMMENT ON FUNCTION raw.restore(bytea[]) IS 'Restores a body from what is stored of it and of its bases, the last of them whole: each is the difference to the next one, or NULL where both are equal.';
