-- Returns the potency of one analyte in the product that was tested most, by vendor and month of the test.
WITH tested AS (
    SELECT
        t.*,
        sum(t.packages) OVER (PARTITION BY t.product_id, t.measurement_code) AS total
    FROM mart.potency_trend AS t
    WHERE t.analyte_name = %(analyte)s AND t.month IS NOT NULL
),

most AS (
    SELECT
        t.product_id,
        t.measurement_code
    FROM tested AS t
    ORDER BY t.total DESC, t.product_id, t.measurement_code
    LIMIT 1
)

SELECT
    coalesce(t.product_name, t.product_id::text) AS product,
    coalesce(t.vendor, 'unknown vendor') AS vendor,
    t.analyte_name AS analyte,
    t.month,
    t.packages,
    t.p10,
    t.median,
    t.p90,
    coalesce(t.unit, 'code ' || t.measurement_code) || CASE WHEN t.unit_is_verified THEN '' ELSE ', not verified' END
        AS unit
FROM tested AS t
INNER JOIN most AS m ON t.product_id = m.product_id AND t.measurement_code = m.measurement_code
ORDER BY t.vendor, t.month;
