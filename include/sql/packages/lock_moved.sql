-- Waits until this load of packages is the only one, if a package of the batch was last seen under another product: only
-- then can a load of another task have the same package.
SELECT ops.lock('packages')
WHERE EXISTS (
    SELECT
    FROM staged_package AS s
    INNER JOIN staged_fetch AS f ON s.pull_id = f.pull_id
    CROSS JOIN LATERAL (
        SELECT a.product_id
        FROM inventory.package_attributes AS a
        WHERE a.package_id = s.package_id
        ORDER BY a.valid_from DESC
        LIMIT 1
    ) AS k
    WHERE k.product_id <> f.product_id
);
