CREATE OR REPLACE VIEW inventory.package_version AS
SELECT
    s.package_id,
    s.valid_from,
    s.valid_to,
    s.observed_at,
    s.pull_id,
    s.product_id,
    s.uid,
    s.source_uid,
    s.vendor,
    s.batch_id,
    s.harvest_production_date,
    s.packaged_date,
    s.check_in_date,
    s.checked_in_to,
    s.available_in_office,
    s.best_by,
    s.tested_date,
    s.measurement,
    s.checked_in_quantity,
    s.checked_in_unit,
    s.available_quantity,
    s.available_unit,
    s.checked_in,
    s.available,
    s.unknown,
    s.is_empty
FROM inventory.package_state AS s
WHERE NOT s.is_gone;

COMMENT ON VIEW inventory.package_version IS 'Attributes of packages as versions. A version that ends with no other after it ended because the API no longer knew the package.';
COMMENT ON COLUMN inventory.package_version.package_id IS 'Package.';
COMMENT ON COLUMN inventory.package_version.valid_from IS 'When the version was first seen.';
COMMENT ON COLUMN inventory.package_version.valid_to IS 'When something else was seen, or that the API no longer knows the package; NULL while it is the last word.';
COMMENT ON COLUMN inventory.package_version.observed_at IS 'When the version was last seen.';
COMMENT ON COLUMN inventory.package_version.pull_id IS 'The pull that first saw it, in ops.pull.';
COMMENT ON COLUMN inventory.package_version.product_id IS 'Product of the package, by the inventory items.';
COMMENT ON COLUMN inventory.package_version.uid IS 'Tag of the package; it need not be a Metrc tag.';
COMMENT ON COLUMN inventory.package_version.source_uid IS 'Tag of the package that it was made from.';
COMMENT ON COLUMN inventory.package_version.vendor IS 'Vendor.';
COMMENT ON COLUMN inventory.package_version.batch_id IS 'Batch; several packages may have the same.';
COMMENT ON COLUMN inventory.package_version.harvest_production_date IS 'Day of harvest or production.';
COMMENT ON COLUMN inventory.package_version.packaged_date IS 'Day of packaging.';
COMMENT ON COLUMN inventory.package_version.check_in_date IS 'Day of check-in.';
COMMENT ON COLUMN inventory.package_version.checked_in_to IS 'Office that it was checked in to.';
COMMENT ON COLUMN inventory.package_version.available_in_office IS 'Offices where it is available, by ascending id.';
COMMENT ON COLUMN inventory.package_version.best_by IS 'Best-by day.';
COMMENT ON COLUMN inventory.package_version.tested_date IS 'Day of the lab test.';
COMMENT ON COLUMN inventory.package_version.measurement IS 'measurement as received.';
COMMENT ON COLUMN inventory.package_version.checked_in_quantity IS 'Quantity at check-in, in checked_in_unit; NULL where the API told none, or several in different units.';
COMMENT ON COLUMN inventory.package_version.checked_in_unit IS 'Its unit, as the API names it.';
COMMENT ON COLUMN inventory.package_version.available_quantity IS 'Quantity left in all offices, in available_unit; NULL where the API told none, or several in different units.';
COMMENT ON COLUMN inventory.package_version.available_unit IS 'Its unit, as the API names it.';
COMMENT ON COLUMN inventory.package_version.checked_in IS 'checked_in_quantity as received: units and numbers.';
COMMENT ON COLUMN inventory.package_version.available IS 'available_quantity as received: units and numbers.';
COMMENT ON COLUMN inventory.package_version.unknown IS 'Fields that the vendor''s guide does not name, and of its own fields those that could not be read and dates that came with a time; all as received; NULL where there are none.';
COMMENT ON COLUMN inventory.package_version.is_empty IS 'Whether nothing is left: available_quantity is not above 0 or, where it is NULL, no office has the package.';
