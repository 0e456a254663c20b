-- The comparison of the same export that was made before, if one was: what follows replaces it.
DELETE FROM inventory.metrc_reconciliation AS r
WHERE r.source = %(source)s AND r.exported_at = %(exported_at)s;
