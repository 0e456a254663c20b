-- Returns what `make plots` draws: the last business day with coverage, NULL before the first one has ended; the product
-- whose stock changed most often, and the office in which it did; and the package with most retested lab results.
WITH busiest AS (
    SELECT
        c.office_id,
        c.product_id,
        count(*) AS changes,
        sum(count(*)) OVER (PARTITION BY c.product_id) AS changes_of_product
    FROM mart.inventory_change AS c
    GROUP BY c.office_id, c.product_id
    ORDER BY changes_of_product DESC, c.product_id, changes DESC, c.office_id
    LIMIT 1
)

SELECT
    (SELECT max(c.business_date) FROM mart.coverage AS c) AS last_day,
    (SELECT b.product_id FROM busiest AS b) AS product,
    (SELECT b.office_id FROM busiest AS b) AS office,
    (
        SELECT l.package_id
        FROM mart.lab_result AS l
        GROUP BY l.package_id
        ORDER BY count(*) FILTER (WHERE l.event = 'retested') DESC, l.package_id
        LIMIT 1
    ) AS package;
