-- Ends the versions of lab results that new observations replace.
UPDATE inventory.lab_version AS v
SET valid_to = s.valid_to
FROM lab_span AS s
WHERE
    s.is_baseline AND v.package_id = s.package_id AND v.analyte_id = s.analyte_id
    AND v.measurement_code IS NOT DISTINCT FROM s.measurement_code AND v.valid_from = s.valid_from
    AND v.valid_to IS DISTINCT FROM s.valid_to;
