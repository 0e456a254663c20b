-- Inserts new versions of lab results.
INSERT INTO inventory.lab_version (
    package_id, analyte_id, measurement_code, valid_from, valid_to, pull_id, event, potency, tested_date, product_id,
    uid, vendor, batch_id, unknown
)
SELECT
    s.package_id, s.analyte_id, s.measurement_code, s.valid_from, s.valid_to, s.pull_id, s.event, s.potency,
    s.tested_date, s.product_id, s.uid, s.vendor, s.batch_id, s.unknown
FROM lab_span AS s
WHERE NOT s.is_baseline;
