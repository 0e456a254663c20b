-- Returns the products in stock in an office, by category and name; with by_package, a row for each of their packages.
SELECT
    s.product_id,
    p.name AS product_name,
    g.name AS category,
    i.package_id,
    v.uid,
    s.measurement
FROM inventory.stock AS s
LEFT JOIN inventory.product AS p ON s.product_id = p.product_id
LEFT JOIN inventory.category AS g ON p.category_id = g.category_id
LEFT JOIN LATERAL (
    SELECT k.package_id
    FROM unnest(s.package_ids) AS k (package_id)
    WHERE %(by_package)s
) AS i ON true
LEFT JOIN LATERAL (
    SELECT h.uid
    FROM inventory.package_attributes AS h
    WHERE h.package_id = i.package_id
    ORDER BY h.valid_from DESC
    LIMIT 1
) AS v ON true
WHERE s.office_id = %(office_id)s AND s.quantity <> 0
ORDER BY g.name NULLS LAST, p.name NULLS LAST, s.product_id, i.package_id;
