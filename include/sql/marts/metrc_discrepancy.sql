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

COMMENT ON VIEW mart.metrc_discrepancy IS 'One row per reconciliation, tag and kind of difference between an export from Metrc and this warehouse, as of the time of the export. kind is missing_here (in Metrc; unknown or used up here), missing_in_metrc (in stock here, in an office of the licences of the export, but not in the export), quantity_differs (by more than the tolerance, in the same unit), unit_differs (nothing is converted), quantity_unknown_here (the API provided no quantity, or several) or tag_not_unique (several packages with stock had the tag; the one with the highest id was compared). The observation here may be hours older than the export: see observed_at. No rows do not mean that a comparison was made: see mart.metrc_reconciliation. Example: for what to investigate today, WHERE is_latest.';
COMMENT ON COLUMN mart.metrc_discrepancy.reconciled_at IS 'Time at which the comparison was made.';
COMMENT ON COLUMN mart.metrc_discrepancy.exported_at IS 'Time at which Metrc made the export: the instant that is compared.';
COMMENT ON COLUMN mart.metrc_discrepancy.source IS 'Address of the export, without secrets.';
COMMENT ON COLUMN mart.metrc_discrepancy.facility_license IS 'Licence in the export; for a package that is missing in it, the licence of its office. NULL where all offices were compared.';
COMMENT ON COLUMN mart.metrc_discrepancy.tag IS 'Tag of the package.';
COMMENT ON COLUMN mart.metrc_discrepancy.item IS 'Name of the item in the export.';
COMMENT ON COLUMN mart.metrc_discrepancy.kind IS 'missing_here, missing_in_metrc, quantity_differs, unit_differs, quantity_unknown_here or tag_not_unique.';
COMMENT ON COLUMN mart.metrc_discrepancy.package_id IS 'Id of the package here; NULL where no package ever had the tag.';
COMMENT ON COLUMN mart.metrc_discrepancy.product_id IS 'Id of the product of the package here.';
COMMENT ON COLUMN mart.metrc_discrepancy.metrc_quantity IS 'Quantity in the export, in metrc_unit. Additive over tags of one unit and one reconciliation.';
COMMENT ON COLUMN mart.metrc_discrepancy.metrc_unit IS 'Unit of metrc_quantity, as the export names it.';
COMMENT ON COLUMN mart.metrc_discrepancy.quantity IS 'Quantity here in all offices, in unit, as of the export; NULL where it was unknown. Additive over tags of one unit and one reconciliation.';
COMMENT ON COLUMN mart.metrc_discrepancy.unit IS 'Unit of quantity, as the API names it.';
COMMENT ON COLUMN mart.metrc_discrepancy.observed_at IS 'Time at or before the export at which this state of the package was last seen.';
COMMENT ON COLUMN mart.metrc_discrepancy.is_latest IS 'True where no later reconciliation covers at least the same licences and offices.';
COMMENT ON COLUMN mart.metrc_discrepancy.note IS 'For missing_here: never seen, first seen later, used up, tagged otherwise since, or no longer known to the API. For tag_not_unique: the number of packages.';
COMMENT ON COLUMN mart.metrc_discrepancy.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
COMMENT ON COLUMN mart.metrc_discrepancy.available_in_office IS 'Ids of the offices where the package was available, as of the export.';
COMMENT ON COLUMN mart.metrc_discrepancy.reconciliation_id IS 'Id of the reconciliation.';
