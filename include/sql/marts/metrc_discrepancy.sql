CREATE OR REPLACE VIEW mart.metrc_discrepancy AS
SELECT
    r.reconciled_at,
    r.exported_at,
    r.source,
    f.facility_license,
    f.tag,
    f.item,
    f.kind,
    f.package_id,
    f.product_id,
    f.metrc_quantity,
    f.metrc_unit,
    f.quantity,
    f.unit,
    f.observed_at,
    r.is_latest,
    f.note,
    p.name AS product_name,
    f.available_in_office,
    f.reconciliation_id
FROM inventory.metrc_difference AS f
INNER JOIN mart.metrc_reconciliation AS r ON f.reconciliation_id = r.reconciliation_id
LEFT JOIN inventory.product AS p ON f.product_id = p.product_id;

COMMENT ON VIEW mart.metrc_discrepancy IS 'Where an export from Metrc and what was seen here disagree, tag by tag, as of the time of the export. kind is missing_here (Metrc has it; here it was unknown or used up), missing_in_metrc (here it had stock, in an office of the licences of the export; the export lacks it), quantity_differs (beyond the tolerance, in the same unit), unit_differs (nothing is converted), quantity_unknown_here (the API told no quantity, or several) or tag_not_unique (several packages with stock had the tag; the one with the highest id was compared). What was seen here may be hours older than the export: see observed_at. No rows do not mean that anything was compared: see mart.metrc_reconciliation. Example: what to look into today is WHERE is_latest.';
COMMENT ON COLUMN mart.metrc_discrepancy.reconciled_at IS 'When the comparison was made.';
COMMENT ON COLUMN mart.metrc_discrepancy.exported_at IS 'When Metrc made the export: the instant that is compared.';
COMMENT ON COLUMN mart.metrc_discrepancy.source IS 'Address of the export, without what may be secret in it.';
COMMENT ON COLUMN mart.metrc_discrepancy.facility_license IS 'Licence in the export; of a package that is missing in it, that of its office, NULL where all offices take part.';
COMMENT ON COLUMN mart.metrc_discrepancy.tag IS 'Tag of the package.';
COMMENT ON COLUMN mart.metrc_discrepancy.item IS 'Item in the export.';
COMMENT ON COLUMN mart.metrc_discrepancy.kind IS 'missing_here, missing_in_metrc, quantity_differs, unit_differs, quantity_unknown_here or tag_not_unique.';
COMMENT ON COLUMN mart.metrc_discrepancy.package_id IS 'Package here; NULL where no package ever had the tag.';
COMMENT ON COLUMN mart.metrc_discrepancy.product_id IS 'Its product.';
COMMENT ON COLUMN mart.metrc_discrepancy.metrc_quantity IS 'Quantity in the export, in metrc_unit. Additive over tags of one unit and one comparison.';
COMMENT ON COLUMN mart.metrc_discrepancy.metrc_unit IS 'Its unit, as the export names it.';
COMMENT ON COLUMN mart.metrc_discrepancy.quantity IS 'Quantity here in all offices, in unit, as of the export; NULL where nothing or no quantity was known. Additive over tags of one unit and one comparison.';
COMMENT ON COLUMN mart.metrc_discrepancy.unit IS 'Its unit, as the API names it.';
COMMENT ON COLUMN mart.metrc_discrepancy.observed_at IS 'When the package was last seen to be so, at or before the export.';
COMMENT ON COLUMN mart.metrc_discrepancy.is_latest IS 'Whether no later export was compared that names at least the same licences and offices.';
COMMENT ON COLUMN mart.metrc_discrepancy.note IS 'Of missing_here: never seen, first seen later, used up, tagged otherwise since, or no longer known to the API. Of tag_not_unique: how many packages.';
COMMENT ON COLUMN mart.metrc_discrepancy.product_name IS 'Current name of the product.';
COMMENT ON COLUMN mart.metrc_discrepancy.available_in_office IS 'Offices where the package was, as of the export.';
COMMENT ON COLUMN mart.metrc_discrepancy.reconciliation_id IS 'Number of the comparison.';
