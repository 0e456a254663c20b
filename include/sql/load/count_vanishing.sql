-- What a complete pull of an office would make vanish: of the products that have stock, those it no longer lists.
-- Of an office that was never seen whole, an empty answer is told apart from an office that became empty.
SELECT
    count(*) AS held,
    count(*) FILTER (
        WHERE NOT EXISTS (
            SELECT
            FROM staged_item AS s
            WHERE s.read = %(read)s AND s.office_id = k.office_id AND s.product_id = k.product_id
        )
        AND NOT EXISTS (
            SELECT
            FROM staged_rejected AS r
            WHERE r.read = %(read)s AND r.office_id = k.office_id AND r.product_id = k.product_id
        )
    ) AS vanishing,
    %(items)s + %(rejected)s = 0 AND NOT EXISTS (
        SELECT
        FROM ops.pull AS p
        WHERE p.kind = 'office' AND p.office_id = %(office_id)s AND p.status = 'complete'
    ) AS is_empty_at_first
FROM inventory.stock AS k
WHERE k.office_id = %(office_id)s AND k.quantity <> 0;
