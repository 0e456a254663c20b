-- Counts the products that a pull changed, by office, and returns the first 500 ids.
SELECT
    c.office_id,
    count(*) AS products,
    (array_agg(c.product_id ORDER BY c.product_id))[1:500] AS product_ids
FROM ops.pull AS p
INNER JOIN inventory.stock_change AS c
    ON p.pull_id = c.pull_id AND c.observed_at BETWEEN p.first_page_at AND p.last_page_at
WHERE p.pull_id = %(pull_id)s
GROUP BY c.office_id
ORDER BY c.office_id;
