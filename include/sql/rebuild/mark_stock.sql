-- Marks products whose current stock depends on deleted observations: restore_late_arriving_stock.sql restores it from
-- the change log.
INSERT INTO late_arriving_product
SELECT k.office_id, k.product_id, k.changed_at
FROM inventory.stock AS k
WHERE k.changed_at >= %(start_at)s;
