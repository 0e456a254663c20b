-- Returns the number of products with stock in an office, and those of them that a complete pull no longer lists. For an
-- office without a complete pull so far, also returns whether the answer is empty.
WITH held AS (
    SELECT k.product_id
    FROM inventory.stock AS k
    WHERE k.office_id = %(office_id)s AND k.quantity <> 0
),

-- EXCEPT hashes or sorts; an anti join could become a nested loop where statistics do not cover the office.
vanishing AS (
    SELECT h.product_id FROM held AS h
    EXCEPT
    SELECT s.product_id FROM staged_item AS s WHERE s.read = %(read)s AND s.office_id = %(office_id)s
    EXCEPT
    SELECT r.product_id FROM staged_rejected AS r WHERE r.read = %(read)s AND r.office_id = %(office_id)s
)

SELECT
    (SELECT count(*) FROM held) AS held,
    coalesce((SELECT array_agg(v.product_id ORDER BY v.product_id) FROM vanishing AS v), '{}') AS vanishing,
    %(items)s + %(rejected)s = 0 AND NOT EXISTS (
        SELECT
        FROM ops.pull AS p
        WHERE p.kind = 'office' AND p.office_id = %(office_id)s AND p.status = 'complete'
    ) AS is_empty_at_first;
