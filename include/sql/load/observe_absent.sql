-- A complete pull of an office proves that the products it does not list are gone, except those in quarantine.
INSERT INTO observation
SELECT
    k.office_id,
    k.product_id,
    %(last_page_at)s::timestamptz,
    %(pull_id)s::bigint,
    false,
    NULL,
    0,
    true,
    '{}',
    '{}',
    0
FROM inventory.stock AS k
WHERE
    k.office_id = %(office_id)s
    AND NOT EXISTS (
        SELECT
        FROM observation AS o
        WHERE o.office_id = k.office_id AND o.product_id = k.product_id
    )
    AND NOT EXISTS (
        SELECT
        FROM staged_rejected AS r
        WHERE r.read = %(read)s AND r.office_id = k.office_id AND r.product_id = k.product_id
    );
