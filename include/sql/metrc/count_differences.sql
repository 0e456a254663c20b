-- How many tags differ in which way.
SELECT d.kind, count(*) AS tags
FROM inventory.metrc_difference AS d
WHERE d.reconciliation_id = %(reconciliation_id)s
GROUP BY d.kind
ORDER BY d.kind;
