-- The attributes of packages since their retest: another test date.
INSERT INTO inventory.package_attributes (
    package_id, valid_from, product_id, uid, source_uid, vendor, batch_id, harvest_production_date, packaged_date,
    check_in_date, checked_in_to, best_by, tested_date, measurement, checked_in_quantity, checked_in_unit,
    available_unit
)
SELECT
    a.package_id, r.valid_from, a.product_id, a.uid, a.source_uid, a.vendor, a.batch_id, a.harvest_production_date,
    a.packaged_date, a.check_in_date, a.checked_in_to, a.best_by, a.tested_date + 28, a.measurement,
    a.checked_in_quantity, a.checked_in_unit, a.available_unit
FROM inventory.lab_panel AS p
INNER JOIN inventory.lab_panel AS r ON p.package_id = r.package_id AND p.valid_to = r.valid_from
INNER JOIN inventory.package_attributes AS a ON p.package_id = a.package_id AND p.attributes_from = a.valid_from;
