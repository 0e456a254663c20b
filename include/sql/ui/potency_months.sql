-- Returns the distribution of potency by month of the test, vendor, product and analyte, the latest month first.
SELECT
    t.month,
    t.vendor,
    t.product_id,
    coalesce(t.product_name, 'Product ' || t.product_id) AS product_name,
    t.analyte_id,
    t.analyte_name,
    t.median,
    t.p10,
    t.p90,
    coalesce(t.unit, 'code ' || t.measurement_code, 'unknown unit')
    || CASE WHEN t.unit_is_verified THEN '' ELSE ', not verified' END AS unit,
    t.packages
FROM mart.potency_trend AS t
WHERE
    (%(product)s::bigint IS NOT NULL OR %(vendor)s::text IS NOT NULL)
    AND (%(product)s::bigint IS NULL OR t.product_id = %(product)s::bigint)
    AND (%(vendor)s::text IS NULL OR t.vendor = %(vendor)s::text)
    AND (%(analyte)s::text IS NULL OR %(analyte)s::text IN (t.analyte_name, t.analyte_id::text))
ORDER BY
    t.month DESC NULLS LAST, t.vendor, product_name, t.product_id, t.analyte_name, t.analyte_id, t.measurement_code
LIMIT %(limit)s OFFSET %(offset)s;
