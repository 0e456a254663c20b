-- Returns the stock of a product in each office that the read that counts lists, from the staged items of the pull.
SELECT
    s.office_id,
    o.name AS office_name,
    s.measurement,
    s.quantity,
    cardinality(s.package_ids) AS package_count,
    s.observed_at
FROM staged_item AS s
LEFT JOIN inventory.office AS o ON s.office_id = o.office_id
WHERE s.read = %(read)s AND s.product_id = %(product_id)s
ORDER BY s.office_id;
