-- Counts the tags by kind of difference.
SELECT d.kind, count(*) AS tags
FROM inventory.metrc_difference AS d
WHERE d.reconciliation_id = %(reconciliation_id)s
GROUP BY d.kind
ORDER BY d.kind;
