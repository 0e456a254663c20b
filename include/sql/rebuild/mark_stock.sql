-- Products whose current stock rests on what was just forgotten: it is restored from the change log as after late
-- observations.
INSERT INTO late_arriving_product
SELECT k.office_id, k.product_id, k.changed_at
FROM inventory.stock AS k
WHERE k.changed_at >= %(start_at)s;
