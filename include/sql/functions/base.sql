CREATE OR REPLACE FUNCTION raw.base(
    base_id bigint, base_subject bigint, instant timestamptz, OUT path text, OUT parameters jsonb, OUT bodies bytea[]
)
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
DECLARE
    -- The bounds of the partition, in which all bases of a response are.
    month_start constant timestamptz := date_trunc('month', instant, 'UTC');
    month_end constant timestamptz := (month_start AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC';
    next_id bigint := base_id;
    found record;
BEGIN
    WHILE next_id IS NOT NULL LOOP
        SELECT s.base_id, s.path, s.parameters, s.body
        INTO found
        FROM raw.stored_response AS s
        WHERE
            s.subject = base_subject AND s.response_id = next_id AND s.bases IS NOT NULL
            AND s.observed_at >= month_start AND s.observed_at < month_end;
        IF found.body IS NULL THEN
            bodies := NULL;
            RETURN;
        END IF;
        path := coalesce(path, found.path);
        parameters := coalesce(parameters, found.parameters);
        bodies := bodies || found.body;
        next_id := found.base_id;
    END LOOP;
END;
$$;
COMMENT ON FUNCTION raw.base(bigint, bigint, timestamptz) IS 'Returns the request of a base, and what is stored of its body and of those of its own bases, the last of them whole, by the id, the subject and an instant of the month. The bodies are NULL where raw no longer has all of them.';
