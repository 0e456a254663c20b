-- Inserts the attributes that differ from those before them.
INSERT INTO inventory.package_attributes (
    package_id, valid_from, product_id, uid, source_uid, vendor, batch_id, harvest_production_date, packaged_date,
    check_in_date, best_by, tested_date, checked_in_to, measurement, checked_in_quantity, checked_in_unit,
    available_unit, checked_in, unknown
)
SELECT
    e.package_id, e.observed_at, e.product_id, e.uid, e.source_uid, e.vendor, e.batch_id, e.harvest_production_date,
    e.packaged_date, e.check_in_date, e.best_by, e.tested_date, e.checked_in_to, e.measurement, e.checked_in_quantity,
    e.checked_in_unit, e.available_unit, e.checked_in, e.unknown
FROM package_event AS e
WHERE e.is_new_attributes;
