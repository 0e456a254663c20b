-- Returns the packages of a product that each office holds, in the order in which to sell them: the earliest best-by
-- date first, then the earliest check-in. What has no date comes last.
WITH held AS (
    SELECT DISTINCT ON (c.office_id, c.package_id)
        c.office_id,
        c.office_name,
        c.package_id,
        c.quantity,
        c.observed_at
    FROM mart.office AS o
    INNER JOIN mart.package_change AS c ON o.office_id = c.office_id
    WHERE
        c.product_id = %(product)s::bigint
        AND (%(office)s::bigint IS NULL OR o.office_id = %(office)s::bigint)
    ORDER BY c.office_id, c.package_id, c.observed_at DESC
)

SELECT
    h.package_id,
    p.uid,
    h.office_id,
    coalesce(h.office_name, 'Office ' || h.office_id) AS office_name,
    h.quantity,
    p.measurement,
    p.vendor,
    p.batch_id,
    p.check_in_date,
    p.best_by,
    h.observed_at AS changed_at,
    mart.package_url(h.package_id) AS package_url
FROM held AS h
-- By key: packages in stock are few compared with all packages ever seen.
LEFT JOIN LATERAL (
    SELECT v.*
    FROM mart.package_history AS v
    WHERE v.package_id = h.package_id AND v.is_current
    ORDER BY v.valid_from DESC
    LIMIT 1
) AS p ON true
-- NULL is a quantity that the API did not provide: not zero.
WHERE h.quantity IS DISTINCT FROM 0
ORDER BY p.best_by NULLS LAST, p.check_in_date NULLS LAST, h.package_id, h.office_id
LIMIT %(limit)s OFFSET %(offset)s;
