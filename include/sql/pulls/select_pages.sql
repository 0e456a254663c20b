-- Returns the pages of the read of a pull that counts; of a repeated page, the last answer.
SELECT DISTINCT ON (r.page) r.page, r.observed_at, r.base_id, r.body AS stored, b.body AS base
FROM raw.response AS r
LEFT JOIN raw.response AS b ON r.base_id = b.response_id AND b.subject IS NOT NULL
WHERE
    r.pull_id = %(pull_id)s AND r.read = %(read)s AND r.page = ANY(%(pages)s) AND r.status BETWEEN 200 AND 299
    AND r.observed_at BETWEEN %(first_page_at)s AND %(last_page_at)s
ORDER BY r.page, r.response_id DESC
