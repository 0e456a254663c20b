CREATE OR REPLACE FUNCTION raw.base(
    base_id bigint, base_subject bigint, instant timestamptz, OUT path text, OUT parameters jsonb, OUT body bytea
)
LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE AS $$
DECLARE
    -- The bounds of the partition, in which all bases of a response are.
    month_start constant timestamptz := date_trunc('month', instant, 'UTC');
    month_end constant timestamptz := (month_start AT TIME ZONE 'UTC' + interval '1 month') AT TIME ZONE 'UTC';
    further record;
BEGIN
    SELECT s.base_id, s.path, s.parameters, s.body
    INTO further
    FROM raw.stored_response AS s
    WHERE
        s.subject = base_subject AND s.response_id = base.base_id AND s.bases IS NOT NULL
        AND s.observed_at >= month_start AND s.observed_at < month_end;
    path := further.path;
    parameters := further.parameters;
    body := further.body;
    IF further.base_id IS NOT NULL THEN
        SELECT coalesce(base.path, b.path), coalesce(base.parameters, b.parameters), raw.inflate(base.body, b.body)
        INTO path, parameters, body
        FROM raw.base(further.base_id, base_subject, instant) AS b;
    END IF;
END;
$$;
COMMENT ON FUNCTION raw.base(bigint, bigint, timestamptz) IS 'Returns request and body of a base, restored from its own bases, by its id, its subject and an instant of its month. The columns are NULL where raw no longer has it.';
