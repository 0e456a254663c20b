-- Returns, for responses that are about to be stored, the last base of their subject in their month. Its body is NULL
-- where only an equal one can refer to it, and the sizes differ: pages of stock are large, and would be read for nothing.
SELECT
    s.number - 1 AS number,
    b.response_id,
    b.path,
    b.parameters,
    CASE WHEN s.may_differ OR s.size = octet_length(b.body) THEN b.body END AS body
FROM unnest(%(subjects)s::bigint[], %(instants)s::timestamptz[], %(sizes)s::integer[], %(may_differ)s::boolean[])
    WITH ORDINALITY AS s (subject, observed_at, size, may_differ, number)
CROSS JOIN LATERAL (
    SELECT r.response_id, r.path, r.parameters, r.body
    FROM raw.response AS r
    WHERE
        r.subject = s.subject
        AND r.observed_at >= date_trunc('month', s.observed_at, 'UTC')
        AND r.observed_at < (date_trunc('month', s.observed_at AT TIME ZONE 'UTC') + '1 month') AT TIME ZONE 'UTC'
    ORDER BY r.response_id DESC
    LIMIT 1
) AS b
