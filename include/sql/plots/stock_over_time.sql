-- Returns the stock at the end of each business day, by office, of the product of each measurement that changed most.
WITH days AS MATERIALIZED (
    SELECT d.*
    FROM mart.inventory_daily AS d
    WHERE d.snapshot_date BETWEEN %(first_day)s AND %(last_day)s
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
    d.measurement,
    coalesce(d.product_name, d.product_id::text) AS product,
    coalesce(d.office_name, d.office_id::text) AS office,
    d.snapshot_date AS day,
    d.quantity,
    d.basis = 'carried_forward' AS is_carried
FROM days AS d
INNER JOIN moved AS m ON d.measurement = m.measurement AND d.product_id = m.product_id
ORDER BY d.measurement, d.office_id, d.snapshot_date;
