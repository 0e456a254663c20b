-- Inserts the lab panels that differ from those before them.
INSERT INTO inventory.lab_panel (
    package_id, valid_from, valid_to, attributes_from, analyte_ids, measurement_codes, potencies, unknown
)
SELECT
    e.package_id, e.observed_at, e.next_panel_at, e.attributes_from, e.analyte_ids, e.measurement_codes, e.potencies,
    e.lab_unknown
FROM package_event AS e
WHERE e.is_new_panel;
