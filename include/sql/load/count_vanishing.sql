-- How many products of the office have stock, and how many of these a complete pull no longer lists.
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
    ) AS vanishing
FROM inventory.stock AS k
WHERE k.office_id = %(office_id)s AND k.quantity <> 0;
