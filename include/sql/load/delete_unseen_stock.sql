-- A product whose only listing was outdone, in the same second, by a later pull that lacks it was never seen after all.
DELETE FROM inventory.stock AS k
USING late_product AS l
WHERE
    k.office_id = l.office_id AND k.product_id = l.product_id
    AND NOT EXISTS (
        SELECT
        FROM inventory.stock_change AS c
        WHERE c.office_id = l.office_id AND c.product_id = l.product_id
    );
