-- Counts the rows of the export that agree, which are those without a difference, and returns the reconciliation.
UPDATE inventory.metrc_reconciliation AS r
SET
    matched = r.row_count - (
        SELECT count(*)
        FROM inventory.metrc_difference AS d
        WHERE
            d.reconciliation_id = r.reconciliation_id
            AND d.kind NOT IN ('missing_in_metrc', 'tag_not_unique')
    )
WHERE r.reconciliation_id = %(reconciliation_id)s
RETURNING
    r.reconciliation_id, r.reconciled_at, r.exported_at, r.row_count, r.bad_row_count, r.matched,
    r.licenses, r.unknown_licenses, r.office_ids;
