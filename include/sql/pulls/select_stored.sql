-- Returns pulls to apply from raw, in the order in which they were made: a held-back pull, or all pulls of inventory
-- that were applied since an instant. is_in_raw is true where raw still has every page of the read that counts; the
-- pages of a pull may lie in two months.
SELECT
    p.pull_id,
    p.kind,
    p.office_id,
    p.product_id,
    p.since,
    p.started_at,
    p.status,
    p.reads,
    p.counted_read,
    p.pages,
    p.total,
    p.first_page_at,
    p.last_page_at,
    (
        SELECT count(DISTINCT r.page)
        FROM raw.response AS r
        WHERE
            r.pull_id = p.pull_id AND r.read = p.counted_read AND r.page = ANY(p.pages)
            AND r.status BETWEEN 200 AND 299 AND r.observed_at BETWEEN p.first_page_at AND p.last_page_at
    ) = cardinality(p.pages) AS is_in_raw
FROM ops.pull AS p
WHERE
    (p.pull_id = %(pull_id)s::bigint AND p.status = 'held_back')
    OR (
        p.kind IN ('office', 'updated', 'product') AND p.status IN ('complete', 'incomplete')
        AND p.first_page_at >= %(start_at)s::timestamptz
    )
ORDER BY p.first_page_at, p.pull_id;
