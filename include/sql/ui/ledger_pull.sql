-- Returns one pull, with all that the ledger keeps of it.
SELECT
    p.*,
    -- Two clocks: that of the worker, which a demo may set back, and that of the database.
    CASE
        WHEN p.landed_at - p.started_at BETWEEN interval '0' AND interval '1 day'
            THEN extract(EPOCH FROM p.landed_at - p.started_at)::numeric(12, 1)
    END AS seconds,
    mart.office_url(p.office_id) AS office_url,
    mart.product_url(p.product_id) AS product_url,
    mart.package_url(p.package_id) AS package_url
FROM mart.pull AS p
WHERE p.pull_id = %(pull)s::bigint
ORDER BY p.pull_id
LIMIT %(limit)s OFFSET %(offset)s;
