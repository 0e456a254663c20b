-- Returns one row: how a business day of an office is known, and the last complete pull of the office before its end.
SELECT
    c.business_date,
    c.office_id,
    coalesce(c.office_name, 'Office ' || c.office_id) AS office_name,
    c.status,
    c.day_start,
    c.day_end,
    c.tolerance_end,
    c.tolerance_end > %(now)s::timestamptz AS can_be_pulled,
    floor(extract(EPOCH FROM c.day_end - c.day_start) / 3600)::integer AS hours,
    c.hours_covered,
    c.pulls,
    c.incomplete_pulls,
    c.published_rows,
    c.closing_pull_id,
    k.first_page_at AS closing_pull_at,
    b.pull_id AS last_pull_id,
    b.last_page_at AS last_pull_at
FROM mart.coverage AS c
LEFT JOIN mart.pull AS k ON c.closing_pull_id = k.pull_id
LEFT JOIN LATERAL (
    SELECT
        p.pull_id,
        p.last_page_at
    FROM mart.pull AS p
    WHERE
        p.kind = 'office' AND p.office_id = c.office_id AND p.status = 'complete'
        AND p.first_page_at < c.day_end AND p.last_page_at <= c.day_end
    ORDER BY p.first_page_at DESC, p.pull_id DESC
    LIMIT 1
) AS b ON true
WHERE c.office_id = %(office)s::bigint AND c.business_date = %(day)s::date
ORDER BY c.office_id, c.business_date
LIMIT %(limit)s OFFSET %(offset)s;
