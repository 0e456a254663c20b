-- Inserts absences as observations: a complete pull of an office proves the absence of the products that it neither
-- lists nor quarantines. EXCEPT hashes or sorts; an anti join could become a nested loop where statistics do not cover
-- the office.
INSERT INTO observation
SELECT
    %(office_id)s::bigint, gone.product_id, %(last_page_at)s::timestamptz, %(pull_id)s::bigint,
    false, NULL, 0, true, '{}', '{}', 0
FROM (
    SELECT k.product_id FROM inventory.stock AS k WHERE k.office_id = %(office_id)s
    EXCEPT
    SELECT o.product_id FROM observation AS o WHERE o.office_id = %(office_id)s
    EXCEPT
    SELECT r.product_id FROM staged_rejected AS r WHERE r.read = %(read)s AND r.office_id = %(office_id)s
) AS gone;
