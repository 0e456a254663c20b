-- Deletes a published business day of an office, which is replaced in the same transaction.
DELETE FROM inventory.daily_stock AS d
WHERE d.office_id = %(office_id)s AND d.snapshot_date = %(day)s;
