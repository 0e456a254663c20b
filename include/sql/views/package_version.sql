CREATE OR REPLACE VIEW inventory.package_version AS
SELECT
    s.package_id,
    s.valid_from,
    s.valid_to,
    s.observed_at,
    a.product_id,
    a.uid,
    a.source_uid,
    a.vendor,
    a.batch_id,
    a.harvest_production_date,
    a.packaged_date,
    a.check_in_date,
    a.checked_in_to,
    s.available_in_office,
    a.best_by,
    a.tested_date,
    a.measurement,
    a.checked_in_quantity,
    a.checked_in_unit,
    s.available_quantity,
    a.available_unit,
    coalesce(
        a.checked_in,
        CASE WHEN a.checked_in_unit IS NOT NULL THEN jsonb_build_object(a.checked_in_unit, a.checked_in_quantity) END
    ) AS checked_in,
    coalesce(
        s.available,
        CASE WHEN a.available_unit IS NOT NULL THEN jsonb_build_object(a.available_unit, s.available_quantity) END
    ) AS available,
    a.unknown,
    coalesce(s.available_quantity <= 0, s.available_in_office = '{}', false) AS is_empty
FROM inventory.package_state AS s
-- Where the API no longer knew the package, there are none.
INNER JOIN inventory.package_attributes AS a ON s.package_id = a.package_id AND s.attributes_from = a.valid_from;

COMMENT ON VIEW inventory.package_version IS 'One row per package and validity period (SCD type 2): versions of its attributes. Where no version follows one with a valid_to, the API no longer knew the package from then on.';
COMMENT ON COLUMN inventory.package_version.package_id IS 'Id of the package.';
COMMENT ON COLUMN inventory.package_version.valid_from IS 'Time at which the version was first observed.';
COMMENT ON COLUMN inventory.package_version.valid_to IS 'Time at which a different version was observed, or the API no longer knew the package; NULL while the version is current.';
COMMENT ON COLUMN inventory.package_version.observed_at IS 'Time at which the version was last seen.';
COMMENT ON COLUMN inventory.package_version.product_id IS 'Id of the product of the package, from the inventory items.';
COMMENT ON COLUMN inventory.package_version.uid IS 'Tag of the package; it may not be a Metrc tag.';
COMMENT ON COLUMN inventory.package_version.source_uid IS 'Tag of the package from which it was made.';
COMMENT ON COLUMN inventory.package_version.vendor IS 'Name of the vendor.';
COMMENT ON COLUMN inventory.package_version.batch_id IS 'Id of the batch; several packages may share it.';
COMMENT ON COLUMN inventory.package_version.harvest_production_date IS 'Date of harvest or production.';
COMMENT ON COLUMN inventory.package_version.packaged_date IS 'Date of packaging.';
COMMENT ON COLUMN inventory.package_version.check_in_date IS 'Date of check-in.';
COMMENT ON COLUMN inventory.package_version.checked_in_to IS 'Id of the office to which it was checked in.';
COMMENT ON COLUMN inventory.package_version.available_in_office IS 'Ids of the offices where it is available, in ascending order.';
COMMENT ON COLUMN inventory.package_version.best_by IS 'Best-by date.';
COMMENT ON COLUMN inventory.package_version.tested_date IS 'Date of the lab test.';
COMMENT ON COLUMN inventory.package_version.measurement IS 'unit, unit_range, weight, weight_range or any other text, as received.';
COMMENT ON COLUMN inventory.package_version.checked_in_quantity IS 'Quantity at check-in, in checked_in_unit; NULL where the API provided none, or several in different units.';
COMMENT ON COLUMN inventory.package_version.checked_in_unit IS 'Unit of checked_in_quantity, as the API names it.';
COMMENT ON COLUMN inventory.package_version.available_quantity IS 'Quantity left in all offices, in available_unit; NULL where the API provided none, or several in different units.';
COMMENT ON COLUMN inventory.package_version.available_unit IS 'Unit of available_quantity, as the API names it.';
COMMENT ON COLUMN inventory.package_version.checked_in IS 'checked_in_quantity as received: units and numbers.';
COMMENT ON COLUMN inventory.package_version.available IS 'available_quantity as received: units and numbers.';
COMMENT ON COLUMN inventory.package_version.unknown IS 'As received: fields that the vendor''s API guide does not document, documented fields that could not be read, and dates that came with a time; NULL where there are none.';
COMMENT ON COLUMN inventory.package_version.is_empty IS 'True where nothing is left: available_quantity is not above 0 or, where it is NULL, no office has the package.';
