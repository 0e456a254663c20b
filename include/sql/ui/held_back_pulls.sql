-- Returns pulls that were held back, those without a decision first.
SELECT
    h.pull_id,
    h.office_id,
    h.office_name,
    h.first_page_at,
    h.items,
    h.products_with_stock,
    h.would_vanish,
    h.problem,
    h.status,
    h.decided_at,
    h.decided_by,
    h.decision_note,
    h.superseded_by,
    mart.office_url(h.office_id) AS office_url
FROM mart.held_back_pull AS h
WHERE
    (%(status)s::text IS NULL OR h.status = %(status)s)
    AND (%(office)s::bigint IS NULL OR h.office_id = %(office)s)
ORDER BY (h.status = 'held_back') DESC, h.pull_id DESC
LIMIT %(limit)s OFFSET %(offset)s;
