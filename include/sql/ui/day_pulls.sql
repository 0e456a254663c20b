-- Returns the pulls of an office, and those of changes in all offices, from the start of a business day to the end of
-- the tolerance after it.
SELECT
    p.pull_id,
    CASE
        WHEN p.pull_id = c.closing_pull_id THEN 'closing pull'
        WHEN p.kind = 'updated' THEN 'changes of all offices'
        WHEN coalesce(p.first_page_at, p.started_at) >= c.day_end THEN 'within the tolerance'
        ELSE 'during the day'
    END AS role,
    p.kind,
    p.status,
    p.started_at,
    p.first_page_at,
    p.last_page_at,
    p.since,
    p.items,
    p.changes,
    p.rejected,
    p.problem,
    p.dag_id,
    p.run_id
FROM mart.coverage AS c
-- Each part reads the index of its kind: the ledger also has every pull of a package.
CROSS JOIN LATERAL (
    SELECT o.*
    FROM mart.pull AS o
    WHERE
        o.kind = 'office' AND o.office_id = c.office_id
        AND (
            (o.first_page_at >= c.day_start AND o.first_page_at <= c.tolerance_end)
            -- A failed pull may have no page.
            OR (o.first_page_at IS NULL AND o.started_at >= c.day_start AND o.started_at <= c.tolerance_end)
        )
    UNION ALL
    SELECT u.*
    FROM mart.pull AS u
    WHERE
        u.kind = 'updated'
        AND (
            (u.first_page_at >= c.day_start AND u.first_page_at <= c.tolerance_end)
            OR (u.first_page_at IS NULL AND u.started_at >= c.day_start AND u.started_at <= c.tolerance_end)
        )
) AS p
WHERE
    c.office_id = %(office)s::bigint AND c.business_date = %(day)s::date
    AND (%(kind)s::text IS NULL OR p.kind = %(kind)s::text)
ORDER BY p.pull_id = c.closing_pull_id DESC NULLS LAST, p.kind, p.started_at, p.pull_id
LIMIT %(limit)s OFFSET %(offset)s;
