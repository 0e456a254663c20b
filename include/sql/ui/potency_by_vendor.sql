-- Returns the potency of one analyte, by name or id, in one product, by vendor and month of the test. Without a product
-- or an analyte: those with most packages.
WITH tested AS (
    SELECT
        t.*,
        sum(t.packages) OVER (PARTITION BY t.product_id, t.analyte_id, t.measurement_code) AS total
    FROM mart.potency_trend AS t
    WHERE
        t.month IS NOT NULL
        AND (%(product)s::bigint IS NULL OR t.product_id = %(product)s::bigint)
        AND (%(vendor)s::text IS NULL OR t.vendor = %(vendor)s::text)
        AND (%(analyte)s::text IS NULL OR %(analyte)s::text IN (t.analyte_name, t.analyte_id::text))
        AND (%(first_day)s::date IS NULL OR t.month >= date_trunc('month', %(first_day)s::date::timestamp)::date)
        AND (%(last_day)s::date IS NULL OR t.month <= %(last_day)s::date)
),

most AS (
    SELECT
        t.product_id,
        t.analyte_id,
        t.measurement_code
    FROM tested AS t
    ORDER BY t.total DESC, t.product_id, t.analyte_id, t.measurement_code
    LIMIT 1
)

SELECT
    t.month,
    t.product_id,
    coalesce(t.product_name, 'Product ' || t.product_id) AS product_name,
    coalesce(t.vendor, 'unknown vendor') AS vendor,
    t.analyte_id,
    t.analyte_name,
    coalesce(t.unit, 'code ' || t.measurement_code, 'unknown unit')
    || CASE WHEN t.unit_is_verified THEN '' ELSE ', not verified' END AS unit,
    t.packages,
    t.p10,
    t.median,
    t.p90
FROM tested AS t
INNER JOIN
    most AS m
    ON
        t.product_id IS NOT DISTINCT FROM m.product_id
        AND t.analyte_id = m.analyte_id
        AND t.measurement_code IS NOT DISTINCT FROM m.measurement_code
ORDER BY t.vendor, t.month
LIMIT %(limit)s OFFSET %(offset)s;
