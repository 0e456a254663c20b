-- Waits until this load of packages is the only one, if a package of the batch was last seen under another product: only
-- then can a load of another task have the same package.
SELECT ops.lock('packages')
WHERE EXISTS (
    SELECT
    FROM staged_package AS s
    CROSS JOIN LATERAL (
        SELECT v.product_id
        FROM inventory.package_state AS v
        WHERE v.package_id = s.package_id
        ORDER BY v.valid_from DESC
        LIMIT 1
    ) AS k
    WHERE k.product_id <> s.product_id
);
