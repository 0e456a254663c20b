-- Returns what `make pictures` shows: an office with a day that was carried forward, the product that ran out for the
-- longest time, a package with a retest, and the vendor whose potency drifts. No row before the demo has a history.
SELECT
    c.office_id AS office,
    c.business_date AS carried_day,
    s.product_id AS product,
    l.package_id AS package,
    'Mesa Verde' AS vendor
FROM mart.coverage AS c
CROSS JOIN (
    SELECT o.product_id
    FROM mart.stockout_day AS o
    GROUP BY o.product_id
    ORDER BY count(*) DESC, o.product_id
    LIMIT 1
) AS s
CROSS JOIN (
    SELECT r.package_id
    FROM mart.lab_result AS r
    ORDER BY (r.event = 'retested') DESC, r.package_id
    LIMIT 1
) AS l
WHERE c.status = 'carried_forward'
ORDER BY c.business_date, c.office_id
LIMIT 1;
