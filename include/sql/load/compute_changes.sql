-- Computes the changes of products without late-arriving observations: those that differ from current stock.
INSERT INTO change
SELECT
    o.office_id,
    o.product_id,
    o.observed_at,
    o.pull_id,
    coalesce(o.measurement, k.measurement),
    o.quantity,
    CASE WHEN coalesce(o.measurement, k.measurement) = k.measurement THEN k.quantity END,
    CASE
        WHEN k.product_id IS NULL THEN 'first_seen'
        WHEN NOT o.listed THEN 'absent'
        WHEN o.measurement <> k.measurement THEN 'measurement_changed'
        WHEN o.quantity <> k.quantity THEN 'changed'
        ELSE 'packages_changed'
    END,
    o.packages_known,
    CASE WHEN o.packages_known THEN o.package_ids ELSE k.package_ids END,
    CASE WHEN o.packages_known THEN o.package_quantities ELSE k.package_quantities END,
    k.package_ids,
    k.package_quantities,
    CASE WHEN o.quantity = 0 THEN coalesce(k.zero_since, o.observed_at) END,
    o.quantity > 0 OR coalesce(k.was_above_zero, false),
    true,
    k.product_id IS NULL
FROM observation AS o
LEFT JOIN LATERAL (
    SELECT s.*
    FROM inventory.stock AS s
    WHERE s.office_id = o.office_id AND s.product_id = o.product_id
    ORDER BY s.product_id
    LIMIT 1  -- by key: a few observations cost no scan of all stock of their offices
) AS k ON true
WHERE
    NOT EXISTS (SELECT FROM late_arriving_product AS l WHERE l.office_id = o.office_id AND l.product_id = o.product_id)
    AND (
        k.product_id IS NULL
        OR o.quantity <> k.quantity
        OR o.measurement <> k.measurement
        OR o.packages_known <> k.packages_known
        OR (
            o.packages_known
            AND (o.package_ids, o.package_quantities) IS DISTINCT FROM (k.package_ids, k.package_quantities)
        )
    );
