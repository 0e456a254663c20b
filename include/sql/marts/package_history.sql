CREATE OR REPLACE VIEW mart.package_history AS
SELECT
    v.package_id,
    v.valid_from,
    v.valid_to,
    v.valid_to IS NULL AS is_current,
    v.product_id,
    v.uid,
    v.source_uid,
    v.vendor,
    v.batch_id,
    v.harvest_production_date,
    v.packaged_date,
    v.check_in_date,
    v.checked_in_to,
    v.available_in_office,
    v.best_by,
    v.tested_date,
    v.measurement,
    v.checked_in_quantity,
    v.checked_in_unit,
    v.available_quantity,
    v.available_unit,
    v.observed_at,
    v.checked_in,
    v.available,
    v.unknown,
    n.name AS product_name
FROM inventory.package_version AS v
LEFT JOIN inventory.product AS n ON v.product_id = n.product_id;

COMMENT ON VIEW mart.package_history IS 'The whole life of each package as versions (SCD 2): what was seen of it, from when to when. A version starts when it was first seen, not when it became true; what happened between two looks is not known. Example: the state of package 7 at an instant is WHERE package_id = 7 AND valid_from <= instant AND (valid_to > instant OR valid_to IS NULL).';
COMMENT ON COLUMN mart.package_history.package_id IS 'Package.';
COMMENT ON COLUMN mart.package_history.valid_from IS 'When the version was first seen.';
COMMENT ON COLUMN mart.package_history.valid_to IS 'When something else was seen, or that the API no longer knows the package (then no version follows); NULL while it is the last word.';
COMMENT ON COLUMN mart.package_history.is_current IS 'Whether it is the last word. A package that is used up keeps a current version, with nothing left.';
COMMENT ON COLUMN mart.package_history.product_id IS 'Product of the package, by the inventory items.';
COMMENT ON COLUMN mart.package_history.uid IS 'Tag of the package; it need not be a Metrc tag, and may be NULL.';
COMMENT ON COLUMN mart.package_history.source_uid IS 'Tag of the package that it was made from.';
COMMENT ON COLUMN mart.package_history.vendor IS 'Vendor.';
COMMENT ON COLUMN mart.package_history.batch_id IS 'Batch; several packages may have the same.';
COMMENT ON COLUMN mart.package_history.harvest_production_date IS 'Day of harvest or production.';
COMMENT ON COLUMN mart.package_history.packaged_date IS 'Day of packaging.';
COMMENT ON COLUMN mart.package_history.check_in_date IS 'Day of check-in.';
COMMENT ON COLUMN mart.package_history.checked_in_to IS 'Office that it was checked in to.';
COMMENT ON COLUMN mart.package_history.available_in_office IS 'Offices where it is available, by ascending id.';
COMMENT ON COLUMN mart.package_history.best_by IS 'Best-by day.';
COMMENT ON COLUMN mart.package_history.tested_date IS 'Day of the lab test.';
COMMENT ON COLUMN mart.package_history.measurement IS 'unit, unit_range, weight, weight_range or any other text, as received.';
COMMENT ON COLUMN mart.package_history.checked_in_quantity IS 'Quantity at check-in, in checked_in_unit; NULL where the API told none, or several in different units.';
COMMENT ON COLUMN mart.package_history.checked_in_unit IS 'Its unit, as the API names it.';
COMMENT ON COLUMN mart.package_history.available_quantity IS 'Quantity left in all offices, in available_unit; NULL where the API told none, or several in different units. Additive over packages of one unit, never over time.';
COMMENT ON COLUMN mart.package_history.available_unit IS 'Its unit, as the API names it.';
COMMENT ON COLUMN mart.package_history.observed_at IS 'When the version was last seen.';
COMMENT ON COLUMN mart.package_history.checked_in IS 'checked_in_quantity as received: units and numbers.';
COMMENT ON COLUMN mart.package_history.available IS 'available_quantity as received: units and numbers.';
COMMENT ON COLUMN mart.package_history.unknown IS 'Fields that the vendor''s guide does not name, and of its own fields those that could not be read and dates that came with a time; all as received.';
COMMENT ON COLUMN mart.package_history.product_name IS 'Current name of the product; NULL until the catalogue names it.';
