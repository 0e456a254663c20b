CREATE OR REPLACE VIEW mart.potency_trend AS
WITH
-- A correction replaces the value that it corrects. A result without a test date counts only while the package has none
-- with a date: a date that is added later belongs to the same test. Only a panel that has ended has one after it.
result AS (
    SELECT r.*
    FROM inventory.lab_panel_result AS r
    WHERE
        r.potency IS NOT NULL
        AND (
            r.panel_to IS NULL
            OR NOT EXISTS (
                SELECT
                FROM inventory.lab_panel_result AS l
                WHERE
                    l.package_id = r.package_id AND l.panel_from > r.panel_from AND l.analyte_id = r.analyte_id
                    AND l.measurement_code IS NOT DISTINCT FROM r.measurement_code
                    AND l.tested_date IS NOT DISTINCT FROM r.tested_date
            )
        )
        AND (
            r.tested_date IS NOT NULL
            OR NOT EXISTS (
                SELECT
                FROM inventory.lab_panel_result AS l
                WHERE
                    l.package_id = r.package_id AND l.analyte_id = r.analyte_id
                    AND l.measurement_code IS NOT DISTINCT FROM r.measurement_code
                    AND l.tested_date IS NOT NULL
            )
        )
)

SELECT
    date_trunc('month', r.tested_date::timestamp)::date AS month,
    r.product_id,
    r.vendor,
    r.analyte_id,
    coalesce(a.name, r.analyte_id::text) AS analyte_name,
    u.name AS unit,
    count(DISTINCT r.package_id) AS packages,
    percentile_disc(0.1) WITHIN GROUP (ORDER BY r.potency) AS p10,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY r.potency) AS median,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY r.potency) AS p90,
    r.measurement_code,
    count(*) AS results,
    coalesce(u.is_verified, false) AS unit_is_verified,
    (SELECT n.name FROM inventory.product AS n WHERE n.product_id = r.product_id) AS product_name
FROM result AS r
LEFT JOIN inventory.lab_analyte AS a ON r.analyte_id = a.analyte_id
LEFT JOIN inventory.lab_unit AS u ON r.measurement_code = u.measurement_code
GROUP BY
    date_trunc('month', r.tested_date::timestamp), r.product_id, r.vendor, r.analyte_id, r.measurement_code,
    a.analyte_id, u.measurement_code;

COMMENT ON VIEW mart.potency_trend IS 'One row per month of the lab test, product, vendor, analyte and measurement code: the distribution of potency over packages. Each package counts once per test date: a correction replaces the value that it corrects, a retest counts in its own month. Results without a potency (not tested) are excluded. The percentiles are measured values, not interpolations. Example: for the drift of a vendor, median by month WHERE vendor = ''...'' AND analyte_name = ''THCa''. Percentiles of few packages are unreliable: check packages.';
COMMENT ON COLUMN mart.potency_trend.month IS 'First day of the month of the test date; NULL for results without a test date.';
COMMENT ON COLUMN mart.potency_trend.product_id IS 'Id of the product of the packages at the time of the result.';
COMMENT ON COLUMN mart.potency_trend.vendor IS 'Vendor of the packages at the time of the result.';
COMMENT ON COLUMN mart.potency_trend.analyte_id IS 'Id of the analyte: a cannabinoid or a terpene.';
COMMENT ON COLUMN mart.potency_trend.analyte_name IS 'Current name of the analyte; its id where reference data does not list it.';
COMMENT ON COLUMN mart.potency_trend.unit IS 'Unit that the code stands for; NULL where inventory.lab_unit does not list the code. See unit_is_verified.';
COMMENT ON COLUMN mart.potency_trend.packages IS 'Number of packages with a value. Not additive over months: a package that is tested again counts in both.';
COMMENT ON COLUMN mart.potency_trend.p10 IS '10th percentile of potency, in unit. Not additive.';
COMMENT ON COLUMN mart.potency_trend.median IS 'Median potency, in unit. Not additive.';
COMMENT ON COLUMN mart.potency_trend.p90 IS '90th percentile of potency, in unit. Not additive.';
COMMENT ON COLUMN mart.potency_trend.measurement_code IS 'Code of the unit, as received. Values of different codes are never mixed.';
COMMENT ON COLUMN mart.potency_trend.results IS 'Number of values; greater than packages where one was tested more than once in the month.';
COMMENT ON COLUMN mart.potency_trend.unit_is_verified IS 'True where a person has compared the unit with the vendor''s screens.';
COMMENT ON COLUMN mart.potency_trend.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
