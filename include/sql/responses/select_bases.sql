-- Returns, for responses that are about to be stored, the last base of their subject in their month, with what is stored
-- of its body and of those of its own bases. These are NULL where only an equal body can refer to it, and the sizes
-- differ: pages of stock are large, and would be read for nothing.
SELECT
    s.number - 1 AS number,
    l.response_id,
    l.bases,
    b.path,
    b.parameters,
    b.bodies
FROM unnest(%(subjects)s::bigint[], %(instants)s::timestamptz[], %(sizes)s::integer[], %(are_differences)s::boolean[])
    WITH ORDINALITY AS s (subject, observed_at, size, is_difference, number)
CROSS JOIN LATERAL (
    SELECT r.response_id, r.bases, octet_length(r.body) AS size
    FROM raw.stored_response AS r
    WHERE
        r.subject = s.subject AND r.bases IS NOT NULL
        AND r.observed_at >= date_trunc('month', s.observed_at, 'UTC')
        AND r.observed_at < (date_trunc('month', s.observed_at AT TIME ZONE 'UTC') + '1 month') AT TIME ZONE 'UTC'
    ORDER BY r.response_id DESC
    LIMIT 1
) AS l
CROSS JOIN LATERAL raw.base(
    CASE WHEN s.is_difference OR s.size = l.size THEN l.response_id END, s.subject, s.observed_at
) AS b
ORDER BY s.number;
