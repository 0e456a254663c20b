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

COMMENT ON VIEW mart.metrc_reconciliation IS 'Every comparison of an export from Metrc with what was seen here, also one that found nothing. Example: what was compared last is WHERE is_latest.';
COMMENT ON COLUMN mart.metrc_reconciliation.reconciled_at IS 'When it was made.';
COMMENT ON COLUMN mart.metrc_reconciliation.exported_at IS 'When Metrc made the export: the instant that is compared.';
COMMENT ON COLUMN mart.metrc_reconciliation.source IS 'Address of the export, without what may be secret in it.';
COMMENT ON COLUMN mart.metrc_reconciliation.is_latest IS 'Whether no later export was compared that names at least the same licences and offices.';
COMMENT ON COLUMN mart.metrc_reconciliation.tolerance IS 'By how much quantities could differ, as a share of the greater one.';
COMMENT ON COLUMN mart.metrc_reconciliation.row_count IS 'Rows of the export that could be used.';
COMMENT ON COLUMN mart.metrc_reconciliation.matched IS 'Those of them that agree with what was seen here.';
COMMENT ON COLUMN mart.metrc_reconciliation.missing_here IS 'Tags of this kind: see mart.metrc_discrepancy.';
COMMENT ON COLUMN mart.metrc_reconciliation.missing_in_metrc IS 'Tags of this kind.';
COMMENT ON COLUMN mart.metrc_reconciliation.quantity_differs IS 'Tags of this kind.';
COMMENT ON COLUMN mart.metrc_reconciliation.unit_differs IS 'Tags of this kind.';
COMMENT ON COLUMN mart.metrc_reconciliation.quantity_unknown_here IS 'Tags of this kind.';
COMMENT ON COLUMN mart.metrc_reconciliation.tag_not_unique IS 'Tags of this kind; each may be of another kind as well.';
COMMENT ON COLUMN mart.metrc_reconciliation.bad_row_count IS 'Rows of the export that could not be used. Their packages may wrongly be missing_in_metrc where the tag could not be read either.';
COMMENT ON COLUMN mart.metrc_reconciliation.licenses IS 'Licences that the export names, in capitals.';
COMMENT ON COLUMN mart.metrc_reconciliation.unknown_licenses IS 'Those of them that no office has.';
COMMENT ON COLUMN mart.metrc_reconciliation.office_ids IS 'Offices of these licences: only a package that lies in one of them can be missing in Metrc. NULL: no office has one of them, so all offices take part.';
COMMENT ON COLUMN mart.metrc_reconciliation.is_exported_at_given IS 'Whether a person said when the export was made; otherwise it is the time at which the file was last written.';
COMMENT ON COLUMN mart.metrc_reconciliation.reconciliation_id IS 'Number of the comparison.';
