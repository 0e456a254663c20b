-- The items of the read that counts. One that came twice in the same second is seen as on its later page.
INSERT INTO observation
SELECT DISTINCT ON (s.office_id, s.product_id, s.observed_at)
    s.office_id,
    s.product_id,
    s.observed_at,
    %(pull_id)s::bigint,
    true,
    s.measurement,
    s.quantity,
    s.package_ids IS NOT NULL,
    s.package_ids,
    s.package_quantities
FROM staged_item AS s
WHERE s.read = %(read)s
ORDER BY s.office_id, s.product_id, s.observed_at, s.page DESC;
