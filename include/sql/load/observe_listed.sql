-- Inserts the items of the read that counts as observations.
INSERT INTO observation
SELECT
    s.office_id, s.product_id, s.observed_at, %(pull_id)s::bigint,
    true, s.measurement, s.quantity, s.package_ids IS NOT NULL, s.package_ids, s.package_quantities, s.page
FROM staged_item AS s
WHERE s.read = %(read)s;
