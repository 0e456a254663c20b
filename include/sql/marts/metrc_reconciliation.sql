CREATE OR REPLACE VIEW mart.metrc_reconciliation AS
SELECT
    r.reconciled_at,
    r.exported_at,
    r.source,
    NOT EXISTS (
        SELECT
        FROM inventory.metrc_reconciliation AS l
        WHERE
            (l.exported_at, l.reconciliation_id) > (r.exported_at, r.reconciliation_id)
            AND l.licenses @> r.licenses
            AND (l.office_ids IS NULL OR l.office_ids @> r.office_ids)
    ) AS is_latest,
    r.tolerance,
    r.row_count,
    r.matched,
    d.missing_here,
    d.missing_in_metrc,
    d.quantity_differs,
    d.unit_differs,
    d.quantity_unknown_here,
    d.tag_not_unique,
    r.bad_row_count,
    r.licenses,
    r.unknown_licenses,
    r.office_ids,
    r.is_exported_at_given,
    r.reconciliation_id
FROM inventory.metrc_reconciliation AS r
CROSS JOIN LATERAL (
    SELECT
        count(*) FILTER (WHERE f.kind = 'missing_here') AS missing_here,
        count(*) FILTER (WHERE f.kind = 'missing_in_metrc') AS missing_in_metrc,
        count(*) FILTER (WHERE f.kind = 'quantity_differs') AS quantity_differs,
        count(*) FILTER (WHERE f.kind = 'unit_differs') AS unit_differs,
        count(*) FILTER (WHERE f.kind = 'quantity_unknown_here') AS quantity_unknown_here,
        count(*) FILTER (WHERE f.kind = 'tag_not_unique') AS tag_not_unique
    FROM inventory.metrc_difference AS f
    WHERE f.reconciliation_id = r.reconciliation_id
) AS d;

COMMENT ON VIEW mart.metrc_reconciliation IS 'One row per reconciliation: the comparison of an export from Metrc with this warehouse, also where it found no difference. Example: for the latest comparison, WHERE is_latest.';
COMMENT ON COLUMN mart.metrc_reconciliation.reconciled_at IS 'Time at which the comparison was made.';
COMMENT ON COLUMN mart.metrc_reconciliation.exported_at IS 'Time at which Metrc made the export: the instant that is compared.';
COMMENT ON COLUMN mart.metrc_reconciliation.source IS 'Address of the export, without secrets.';
COMMENT ON COLUMN mart.metrc_reconciliation.is_latest IS 'True where no later reconciliation covers at least the same licences and offices.';
COMMENT ON COLUMN mart.metrc_reconciliation.tolerance IS 'Difference of quantities that counts as equal, as a share of the greater one.';
COMMENT ON COLUMN mart.metrc_reconciliation.row_count IS 'Number of usable rows of the export.';
COMMENT ON COLUMN mart.metrc_reconciliation.matched IS 'Number of usable rows that agree with this warehouse.';
COMMENT ON COLUMN mart.metrc_reconciliation.missing_here IS 'Number of tags with this kind of difference: see mart.metrc_discrepancy.';
COMMENT ON COLUMN mart.metrc_reconciliation.missing_in_metrc IS 'Number of tags with this kind of difference.';
COMMENT ON COLUMN mart.metrc_reconciliation.quantity_differs IS 'Number of tags with this kind of difference.';
COMMENT ON COLUMN mart.metrc_reconciliation.unit_differs IS 'Number of tags with this kind of difference.';
COMMENT ON COLUMN mart.metrc_reconciliation.quantity_unknown_here IS 'Number of tags with this kind of difference.';
COMMENT ON COLUMN mart.metrc_reconciliation.tag_not_unique IS 'Number of tags with this kind of difference; a tag may have another kind as well.';
COMMENT ON COLUMN mart.metrc_reconciliation.bad_row_count IS 'Number of unusable rows of the export. Where the tag of such a row could not be read, its package may be counted as missing_in_metrc.';
COMMENT ON COLUMN mart.metrc_reconciliation.licenses IS 'Licences that the export names, in capitals.';
COMMENT ON COLUMN mart.metrc_reconciliation.unknown_licenses IS 'Licences of the export that no office has.';
COMMENT ON COLUMN mart.metrc_reconciliation.office_ids IS 'Ids of the offices of these licences: only a package in one of them can be missing_in_metrc. NULL where no office has one of the licences; then all offices are compared.';
COMMENT ON COLUMN mart.metrc_reconciliation.is_exported_at_given IS 'True where a person gave the time of the export; otherwise it is the time of the last change of the file.';
COMMENT ON COLUMN mart.metrc_reconciliation.reconciliation_id IS 'Id of the reconciliation.';
