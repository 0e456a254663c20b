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

COMMENT ON VIEW mart.lab_result IS 'Lab results of packages per analyte, as versions: a retest or a correction is a new one. A version starts when it was first seen. Example: what changed in March is WHERE valid_from >= ''2026-03-01'' AND valid_from < ''2026-04-01'' AND event <> ''first_seen''.';
COMMENT ON COLUMN mart.lab_result.package_id IS 'Package.';
COMMENT ON COLUMN mart.lab_result.product_id IS 'Product of the package at that time.';
COMMENT ON COLUMN mart.lab_result.uid IS 'Tag of the package at that time.';
COMMENT ON COLUMN mart.lab_result.vendor IS 'Vendor of the package at that time.';
COMMENT ON COLUMN mart.lab_result.batch_id IS 'Batch of the package at that time.';
COMMENT ON COLUMN mart.lab_result.tested_date IS 'Day of the test.';
COMMENT ON COLUMN mart.lab_result.analyte_id IS 'Analyte: a cannabinoid or a terpene.';
COMMENT ON COLUMN mart.lab_result.analyte_name IS 'Its current name; its id where the reference data names none.';
COMMENT ON COLUMN mart.lab_result.measurement_code IS 'Code of the unit, as received.';
COMMENT ON COLUMN mart.lab_result.unit IS 'Unit that the code is taken to mean; NULL where nobody has said. See unit_is_verified.';
COMMENT ON COLUMN mart.lab_result.potency IS 'Potency, in the unit; NULL: not tested, which is not zero. Not additive over packages.';
COMMENT ON COLUMN mart.lab_result.valid_from IS 'When the version was first seen.';
COMMENT ON COLUMN mart.lab_result.valid_to IS 'When something else was seen, or the package without this analyte; NULL while it is the last word.';
COMMENT ON COLUMN mart.lab_result.is_current IS 'Whether it is the last word.';
COMMENT ON COLUMN mart.lab_result.event IS 'What the version is against the one before it: first_seen, retested (another tested_date), corrected (another potency for the same test), disappeared (its potency became null), relabelled (another product, uid, vendor, batch or unknown field), returned (it was gone in between).';
COMMENT ON COLUMN mart.lab_result.unit_is_verified IS 'Whether somebody has compared the unit with the vendor''s screens.';
COMMENT ON COLUMN mart.lab_result.unknown IS 'Fields of the result that the vendor''s guide does not name, as received.';
COMMENT ON COLUMN mart.lab_result.product_name IS 'Current name of the product; NULL until the catalogue names it.';
