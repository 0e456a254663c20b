-- Returns the stock of a product at the end of each business day, by office. Without a product: that of the product of
-- each measurement that changed most.
WITH days AS MATERIALIZED (
    SELECT d.*
    FROM mart.inventory_daily AS d
    WHERE
        (%(office)s::bigint IS NULL OR d.office_id = %(office)s::bigint)
        AND (%(product)s::bigint IS NULL OR d.product_id = %(product)s::bigint)
        AND (%(first_day)s::date IS NULL OR d.snapshot_date >= %(first_day)s::date)
        AND (%(last_day)s::date IS NULL OR d.snapshot_date <= %(last_day)s::date)
),

moves AS (
    SELECT
        d.measurement,
        d.product_id,
        count(DISTINCT d.quantity) AS quantities
    FROM days AS d
    GROUP BY d.measurement, d.product_id
),

moved AS (
    SELECT DISTINCT ON (m.measurement)
        m.measurement,
        m.product_id
    FROM moves AS m
    ORDER BY m.measurement, m.quantities DESC, m.product_id
)

SELECT
    d.snapshot_date AS business_date,
    d.office_id,
    coalesce(d.office_name, 'Office ' || d.office_id) AS office_name,
    d.product_id,
    coalesce(d.product_name, 'Product ' || d.product_id) AS product_name,
    d.measurement,
    d.quantity,
    d.basis,
    d.observed_at
FROM days AS d
INNER JOIN moved AS m ON d.measurement IS NOT DISTINCT FROM m.measurement AND d.product_id = m.product_id
ORDER BY d.measurement, d.office_id, d.snapshot_date
LIMIT %(limit)s OFFSET %(offset)s;
