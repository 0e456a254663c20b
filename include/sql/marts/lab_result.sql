CREATE OR REPLACE VIEW mart.lab_result AS
SELECT
    v.package_id,
    v.product_id,
    v.uid,
    v.vendor,
    v.batch_id,
    v.tested_date,
    v.analyte_id,
    coalesce(a.name, v.analyte_id::text) AS analyte_name,
    v.measurement_code,
    u.name AS unit,
    v.potency,
    v.valid_from,
    v.valid_to,
    v.valid_to IS NULL AS is_current,
    v.event,
    coalesce(u.is_verified, false) AS unit_is_verified,
    v.unknown,
    n.name AS product_name
FROM inventory.lab_version AS v
LEFT JOIN inventory.lab_analyte AS a ON v.analyte_id = a.analyte_id
LEFT JOIN inventory.lab_unit AS u ON v.measurement_code = u.measurement_code
LEFT JOIN inventory.product AS n ON v.product_id = n.product_id;

COMMENT ON VIEW mart.lab_result IS 'One row per package, analyte, measurement code and validity period (SCD type 2): lab results as versions; a retest or a correction starts a new version. Example: for what changed in March, WHERE valid_from >= ''2026-03-01'' AND valid_from < ''2026-04-01'' AND event <> ''first_seen''.';
COMMENT ON COLUMN mart.lab_result.package_id IS 'Id of the package.';
COMMENT ON COLUMN mart.lab_result.product_id IS 'Id of the product of the package in this period.';
COMMENT ON COLUMN mart.lab_result.uid IS 'Tag of the package in this period.';
COMMENT ON COLUMN mart.lab_result.vendor IS 'Vendor of the package in this period.';
COMMENT ON COLUMN mart.lab_result.batch_id IS 'Batch of the package in this period.';
COMMENT ON COLUMN mart.lab_result.tested_date IS 'Date of the lab test.';
COMMENT ON COLUMN mart.lab_result.analyte_id IS 'Id of the analyte: a cannabinoid or a terpene.';
COMMENT ON COLUMN mart.lab_result.analyte_name IS 'Current name of the analyte; its id where reference data does not list it.';
COMMENT ON COLUMN mart.lab_result.measurement_code IS 'Code of the unit, as received.';
COMMENT ON COLUMN mart.lab_result.unit IS 'Unit that the code stands for; NULL where inventory.lab_unit does not list the code. See unit_is_verified.';
COMMENT ON COLUMN mart.lab_result.potency IS 'Potency, in unit; NULL means not tested, which is not zero. Not additive over packages.';
COMMENT ON COLUMN mart.lab_result.valid_from IS 'Time at which the version was first observed.';
COMMENT ON COLUMN mart.lab_result.valid_to IS 'Time at which a different result, or the package without this analyte, was observed; NULL while the version is current.';
COMMENT ON COLUMN mart.lab_result.is_current IS 'True where valid_to is NULL.';
COMMENT ON COLUMN mart.lab_result.event IS 'How the version differs from the one before: first_seen, retested (another tested_date), corrected (another potency for the same test), disappeared (the potency became NULL), relabelled (another product, uid, vendor, batch or unknown field), returned (there was no result in between).';
COMMENT ON COLUMN mart.lab_result.unit_is_verified IS 'True where a person has compared the unit with the vendor''s screens.';
COMMENT ON COLUMN mart.lab_result.unknown IS 'Fields of the result that the vendor''s API guide does not document, as received.';
COMMENT ON COLUMN mart.lab_result.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
