CREATE OR REPLACE VIEW mart.potency_trend AS
WITH
-- A correction takes the place of what it corrects. A result without a test date counts as long as the package has none
-- with one: a date that is told later is that of the same test.
result AS (
    SELECT v.*
    FROM inventory.lab_version AS v
    WHERE
        v.potency IS NOT NULL
        -- One by one, by key: the results of one vendor cost no pass through those of all.
        AND v.valid_from = (
            SELECT max(l.valid_from)
            FROM inventory.lab_version AS l
            WHERE
                l.package_id = v.package_id AND l.analyte_id = v.analyte_id
                AND l.measurement_code IS NOT DISTINCT FROM v.measurement_code
                AND l.tested_date IS NOT DISTINCT FROM v.tested_date
        )
        AND (
            v.tested_date IS NOT NULL
            OR NOT EXISTS (
                SELECT
                FROM inventory.lab_version AS l
                WHERE
                    l.package_id = v.package_id AND l.analyte_id = v.analyte_id
                    AND l.measurement_code IS NOT DISTINCT FROM v.measurement_code
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
    a.name, u.name, u.is_verified;

COMMENT ON VIEW mart.potency_trend IS 'How potent the packages of a product and vendor were, by month of the test. One value per package, analyte, code and test date: a correction counts in place of what it corrects, a retest in its own month. Potency that was not tested is left out, never zero. The percentiles are values that were measured. Example: the drift of a vendor is median over month WHERE vendor = ''...'' AND analyte_name = ''THCa''. Few packages make a poor percentile: look at packages.';
COMMENT ON COLUMN mart.potency_trend.month IS 'First day of the month of the test date; NULL for results without one.';
COMMENT ON COLUMN mart.potency_trend.product_id IS 'Product of the packages at that time.';
COMMENT ON COLUMN mart.potency_trend.vendor IS 'Vendor of the packages at that time.';
COMMENT ON COLUMN mart.potency_trend.analyte_id IS 'Analyte: a cannabinoid or a terpene.';
COMMENT ON COLUMN mart.potency_trend.analyte_name IS 'Its current name; its id where the reference data names none.';
COMMENT ON COLUMN mart.potency_trend.unit IS 'Unit that the code is taken to mean; NULL where nobody has said. See unit_is_verified.';
COMMENT ON COLUMN mart.potency_trend.packages IS 'Packages with a value. Not additive over months: a package that is tested again counts in both.';
COMMENT ON COLUMN mart.potency_trend.p10 IS 'A tenth of the values are at most this, in the unit. Not additive.';
COMMENT ON COLUMN mart.potency_trend.median IS 'Half of the values are at most this, in the unit. Not additive.';
COMMENT ON COLUMN mart.potency_trend.p90 IS 'Nine tenths of the values are at most this, in the unit. Not additive.';
COMMENT ON COLUMN mart.potency_trend.measurement_code IS 'Code of the unit, as received: values of different codes are never mixed.';
COMMENT ON COLUMN mart.potency_trend.results IS 'Values: more than packages where one was tested more than once in the month.';
COMMENT ON COLUMN mart.potency_trend.unit_is_verified IS 'Whether somebody has compared the unit with the vendor''s screens.';
COMMENT ON COLUMN mart.potency_trend.product_name IS 'Current name of the product; NULL until the catalogue names it.';
