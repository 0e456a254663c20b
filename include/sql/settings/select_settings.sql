-- Returns every setting in the warehouse; durations in seconds, whatever unit they were written in.
SELECT
    s.name,
    CASE
        WHEN s.name = any(%(durations)s::text[]) THEN extract(EPOCH FROM s.value::interval)::text || ' seconds'
        ELSE s.value
    END AS value
FROM ops.setting AS s;
