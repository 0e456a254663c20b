-- Inserts new states of packages.
INSERT INTO inventory.package_state (
    package_id, valid_from, valid_to, observed_at, pull_id, is_gone, product_id, uid, source_uid, vendor, batch_id,
    harvest_production_date, packaged_date, check_in_date, checked_in_to, available_in_office, best_by, tested_date,
    measurement, checked_in_quantity, checked_in_unit, available_quantity, available_unit, checked_in, available,
    unknown
)
SELECT
    s.package_id, s.valid_from, s.valid_to, s.seen_until, s.pull_id, d.is_gone, d.product_id, d.uid, d.source_uid,
    d.vendor, d.batch_id, d.harvest_production_date, d.packaged_date, d.check_in_date, d.checked_in_to,
    d.available_in_office, d.best_by, d.tested_date, d.measurement, d.checked_in_quantity, d.checked_in_unit,
    d.available_quantity, d.available_unit, d.checked_in, d.available, d.unknown
FROM state_span AS s
CROSS JOIN LATERAL jsonb_populate_record(NULL::inventory.package_state, s.state) AS d
WHERE NOT s.is_baseline;
