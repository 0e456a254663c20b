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

COMMENT ON VIEW mart.package_history IS 'One row per package and validity period (SCD type 2): every observed version of its attributes. A version starts when it was first observed, not when it became true; what happened between two observations is unknown. Example: for the state of package 7 at an instant, WHERE package_id = 7 AND valid_from <= instant AND (valid_to > instant OR valid_to IS NULL).';
COMMENT ON COLUMN mart.package_history.package_id IS 'Id of the package.';
COMMENT ON COLUMN mart.package_history.valid_from IS 'Time at which the version was first observed.';
COMMENT ON COLUMN mart.package_history.valid_to IS 'Time at which a different version was observed, or the API no longer knew the package (then no version follows); NULL while the version is current.';
COMMENT ON COLUMN mart.package_history.is_current IS 'True where valid_to is NULL. A package that is used up keeps a current version with nothing left.';
COMMENT ON COLUMN mart.package_history.product_id IS 'Id of the product of the package, from the inventory items.';
COMMENT ON COLUMN mart.package_history.uid IS 'Tag of the package; it may be NULL, and it may not be a Metrc tag.';
COMMENT ON COLUMN mart.package_history.source_uid IS 'Tag of the package from which it was made.';
COMMENT ON COLUMN mart.package_history.vendor IS 'Name of the vendor.';
COMMENT ON COLUMN mart.package_history.batch_id IS 'Id of the batch; several packages may share it.';
COMMENT ON COLUMN mart.package_history.harvest_production_date IS 'Date of harvest or production.';
COMMENT ON COLUMN mart.package_history.packaged_date IS 'Date of packaging.';
COMMENT ON COLUMN mart.package_history.check_in_date IS 'Date of check-in.';
COMMENT ON COLUMN mart.package_history.checked_in_to IS 'Id of the office to which it was checked in.';
COMMENT ON COLUMN mart.package_history.available_in_office IS 'Ids of the offices where it is available, in ascending order.';
COMMENT ON COLUMN mart.package_history.best_by IS 'Best-by date.';
COMMENT ON COLUMN mart.package_history.tested_date IS 'Date of the lab test.';
COMMENT ON COLUMN mart.package_history.measurement IS 'unit, unit_range, weight, weight_range or any other text, as received.';
COMMENT ON COLUMN mart.package_history.checked_in_quantity IS 'Quantity at check-in, in checked_in_unit; NULL where the API provided none, or several in different units. Additive over packages of one unit, never over versions.';
COMMENT ON COLUMN mart.package_history.checked_in_unit IS 'Unit of checked_in_quantity, as the API names it.';
COMMENT ON COLUMN mart.package_history.available_quantity IS 'Quantity left in all offices, in available_unit; NULL where the API provided none, or several in different units. Additive over packages of one unit, never over time.';
COMMENT ON COLUMN mart.package_history.available_unit IS 'Unit of available_quantity, as the API names it.';
COMMENT ON COLUMN mart.package_history.observed_at IS 'Time at which the version was last seen.';
COMMENT ON COLUMN mart.package_history.checked_in IS 'checked_in_quantity as received: units and numbers.';
COMMENT ON COLUMN mart.package_history.available IS 'available_quantity as received: units and numbers.';
COMMENT ON COLUMN mart.package_history.unknown IS 'As received: fields that the vendor''s API guide does not document, documented fields that could not be read, and dates that came with a time.';
COMMENT ON COLUMN mart.package_history.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
