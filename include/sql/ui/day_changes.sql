-- Returns the products of an office whose stock at the end of a business day differs from that of the day before. No
-- rows where one of the two days is not published. There is no difference where one of the quantities is not known.
WITH day AS (
    SELECT d.snapshot_date, d.product_id, d.product_name, d.category, d.measurement, d.quantity, d.basis
    FROM mart.inventory_daily AS d
    WHERE d.office_id = %(office)s::bigint AND d.snapshot_date IN (%(day)s::date, %(day)s::date - 1)
)

SELECT
    coalesce(n.product_id, b.product_id) AS product_id,
    coalesce(n.product_name, b.product_name) AS product_name,
    coalesce(n.category, b.category) AS category,
    CASE
        WHEN n.quantity IS NULL OR (n.quantity = 0 AND b.quantity <> 0) THEN 'gone'
        WHEN b.quantity IS NULL OR (b.quantity = 0 AND n.quantity <> 0) THEN 'appeared'
        WHEN n.measurement <> b.measurement THEN 'other measurement'
        WHEN n.quantity > b.quantity THEN 'increased'
        ELSE 'decreased'
    END AS change,
    b.quantity AS quantity_before,
    b.measurement AS measurement_before,
    n.quantity,
    n.measurement,
    CASE WHEN n.measurement = b.measurement THEN n.quantity - b.quantity END AS difference,
    n.basis,
    mart.product_url(coalesce(n.product_id, b.product_id)) AS product_url
FROM (SELECT * FROM day WHERE day.snapshot_date = %(day)s::date) AS n
FULL JOIN (SELECT * FROM day WHERE day.snapshot_date = %(day)s::date - 1) AS b ON n.product_id = b.product_id
WHERE
    (n.quantity, n.measurement) IS DISTINCT FROM (b.quantity, b.measurement)
    -- Rows at 0 end after some time: that changes no stock.
    AND (n.quantity <> 0 OR b.quantity <> 0)
    -- A day without rows is not known: nothing appeared or went.
    AND (SELECT count(DISTINCT day.snapshot_date) FROM day) = 2
ORDER BY change, category, product_name, product_id
LIMIT %(limit)s OFFSET %(offset)s;
