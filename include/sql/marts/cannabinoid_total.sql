CREATE OR REPLACE VIEW mart.cannabinoid_total AS
WITH named AS (
    SELECT a.analyte_id, n.cannabinoid
    FROM inventory.lab_analyte AS a
    INNER JOIN inventory.cannabinoid_name AS n
        -- Spellings of delta: Greek capital and small letter, and the increment sign. Then the superscript nine.
        ON regexp_replace(
            lower(replace(regexp_replace(a.name, '[Δδ∆]', 'delta', 'g'), '⁹', '9')), '[^a-z0-9]', '', 'g'
        ) = n.spelling
),

measured AS (
    SELECT v.*, n.cannabinoid
    FROM inventory.lab_version AS v
    INNER JOIN named AS n ON v.analyte_id = n.analyte_id
    WHERE v.potency IS NOT NULL AND v.measurement_code IS NOT NULL
),

pair AS (
    SELECT
        n.package_id,
        n.product_id,
        n.uid,
        n.vendor,
        n.batch_id,
        n.tested_date,
        n.cannabinoid,
        n.measurement_code,
        n.potency + 0.877 * a.potency AS total,
        greatest(n.valid_from, a.valid_from) AS valid_from,
        least(n.valid_to, a.valid_to) AS valid_to,
        ARRAY[n.analyte_id, a.analyte_id] AS analyte_ids
    FROM measured AS n
    INNER JOIN measured AS a
        ON
            n.package_id = a.package_id
            AND n.measurement_code = a.measurement_code
            AND n.cannabinoid || 'A' = a.cannabinoid
            AND tstzrange(n.valid_from, n.valid_to) && tstzrange(a.valid_from, a.valid_to)
)

SELECT
    p.package_id,
    p.product_id,
    p.uid,
    p.vendor,
    p.batch_id,
    p.tested_date,
    p.cannabinoid,
    p.measurement_code,
    u.name AS unit,
    p.total,
    p.valid_from,
    p.valid_to,
    p.valid_to IS NULL AS is_current,
    r.name AS product_name
FROM pair AS p
LEFT JOIN inventory.lab_unit AS u ON p.measurement_code = u.measurement_code
LEFT JOIN inventory.product AS r ON p.product_id = r.product_id
-- Where two analytes match the same cannabinoid, none is chosen.
WHERE NOT EXISTS (
    SELECT
    FROM measured AS m
    WHERE
        m.package_id = p.package_id
        AND m.measurement_code = p.measurement_code
        AND m.cannabinoid IN (p.cannabinoid, p.cannabinoid || 'A')
        AND m.analyte_id <> ALL(p.analyte_ids)
        AND tstzrange(m.valid_from, m.valid_to) && tstzrange(p.valid_from, p.valid_to)
);

COMMENT ON VIEW mart.cannabinoid_total IS 'One row per package, cannabinoid, measurement code and validity period. Total THC = delta-9-THC + 0.877 x THCA; total CBD = CBD + 0.877 x CBDA. The factor 0.877 is the share of its weight that the acid keeps when it is decarboxylated. A total exists only while both results are known, measured and of the same measurement code; where two analytes of a package match the same cannabinoid, neither is chosen and there is no row. inventory.cannabinoid_name maps names of analytes to cannabinoids. Example: for the current totals, WHERE is_current.';
COMMENT ON COLUMN mart.cannabinoid_total.package_id IS 'Id of the package.';
COMMENT ON COLUMN mart.cannabinoid_total.product_id IS 'Id of the product of the package in this period.';
COMMENT ON COLUMN mart.cannabinoid_total.uid IS 'Tag of the package in this period.';
COMMENT ON COLUMN mart.cannabinoid_total.vendor IS 'Vendor of the package in this period.';
COMMENT ON COLUMN mart.cannabinoid_total.batch_id IS 'Batch of the package in this period.';
COMMENT ON COLUMN mart.cannabinoid_total.tested_date IS 'Date of the lab test.';
COMMENT ON COLUMN mart.cannabinoid_total.cannabinoid IS 'THC or CBD.';
COMMENT ON COLUMN mart.cannabinoid_total.measurement_code IS 'Code of the unit of both results, as received.';
COMMENT ON COLUMN mart.cannabinoid_total.unit IS 'Unit that the code stands for; NULL where inventory.lab_unit does not list the code.';
COMMENT ON COLUMN mart.cannabinoid_total.total IS 'Total, in unit. Not additive, neither over packages nor over THC and CBD.';
COMMENT ON COLUMN mart.cannabinoid_total.valid_from IS 'Time at which both results were first observed together.';
COMMENT ON COLUMN mart.cannabinoid_total.valid_to IS 'Time at which a different result was observed; NULL while the row is current.';
COMMENT ON COLUMN mart.cannabinoid_total.is_current IS 'True where valid_to is NULL.';
COMMENT ON COLUMN mart.cannabinoid_total.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
