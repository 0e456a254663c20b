-- Restores current stock from the change log where late-arriving observations led to no change. Deletes a product whose
-- only listing is overridden by a later pull in the same second that does not list it.
MERGE INTO inventory.stock AS k
USING (
    SELECT l.office_id, l.product_id, c.*
    FROM (
        SELECT k.office_id, k.product_id FROM late_arriving_product AS k
        EXCEPT
        SELECT n.office_id, n.product_id FROM change AS n
    ) AS l
    LEFT JOIN LATERAL (
        SELECT
            v.observed_at, v.measurement, v.quantity, v.packages_known, v.package_ids, v.package_quantities,
            v.zero_since, v.was_above_zero
        FROM inventory.stock_change AS v
        WHERE v.office_id = l.office_id AND v.product_id = l.product_id
        ORDER BY v.observed_at DESC
        LIMIT 1
    ) AS c ON true
) AS c
    ON k.office_id = c.office_id AND k.product_id = c.product_id
WHEN MATCHED AND c.observed_at IS NULL THEN DELETE
WHEN MATCHED THEN UPDATE SET
    changed_at = c.observed_at,
    measurement = c.measurement,
    quantity = c.quantity,
    packages_known = c.packages_known,
    package_ids = c.package_ids,
    package_quantities = c.package_quantities,
    package_quantity = (SELECT coalesce(sum(p.q), 0) FROM unnest(c.package_quantities) AS p (q)),
    zero_since = c.zero_since,
    was_above_zero = c.was_above_zero;
