-- Returns what is stored of the body of a response, and of its base.
SELECT
    r.base_id,
    r.body AS stored,
    b.body AS base
FROM raw.response AS r
LEFT JOIN raw.response AS b ON r.base_id = b.response_id AND b.subject IS NOT NULL
WHERE r.response_id = %(response_id)s
