-- Deletes an earlier reconciliation of the same export, which the new one replaces.
DELETE FROM inventory.metrc_reconciliation AS r
WHERE r.source = %(source)s AND r.exported_at = %(exported_at)s;
