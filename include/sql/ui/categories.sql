-- Returns each category of products.
SELECT
    p.category,
    count(*) AS products
FROM mart.product AS p
WHERE p.category IS NOT NULL
GROUP BY p.category
ORDER BY p.category
LIMIT %(limit)s OFFSET %(offset)s;
