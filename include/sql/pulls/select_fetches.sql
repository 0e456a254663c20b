-- Returns the fetches of packages since an instant, in the order in which they were made, with the pages of the read
-- that counts; of a repeated page, the last answer. A deleted package has one row without a page.
SELECT
    p.pull_id,
    p.kind,
    p.product_id,
    p.package_id,
    p.started_at,
    p.counted_read,
    p.first_page_at,
    p.items + p.rejected = 0 AS is_empty,
    p.pages,
    r.page,
    r.observed_at,
    r.base_id,
    r.stored,
    r.base
FROM ops.pull AS p
LEFT JOIN LATERAL (
    SELECT DISTINCT ON (a.page) a.page, a.observed_at, a.base_id, a.body AS stored, b.body AS base
    FROM raw.response AS a
    LEFT JOIN raw.response AS b ON a.base_id = b.response_id AND b.subject IS NOT NULL
    WHERE
        a.pull_id = p.pull_id AND a.read = p.counted_read AND a.page = ANY(p.pages) AND a.status BETWEEN 200 AND 299
        AND a.observed_at BETWEEN p.first_page_at AND p.last_page_at
    ORDER BY a.page, a.response_id DESC
) AS r ON true
WHERE
    p.kind IN ('packages', 'package') AND p.status IN ('complete', 'incomplete')
    AND p.first_page_at >= %(start_at)s
ORDER BY p.first_page_at, p.pull_id, r.page
