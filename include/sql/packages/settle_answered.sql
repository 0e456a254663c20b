-- Needs whose package was told of, or whose product was looked at as a whole, by a look that began after them. Two
-- statements in one: a condition with OR would be looked up need by need in an index that does not begin with it.
WITH of_packages AS (
    DELETE FROM ops.package_refresh_queue AS n
    USING (SELECT DISTINCT s.package_id FROM staged_package AS s) AS told
    WHERE n.is_planned AND n.package_id = told.package_id
)

DELETE FROM ops.package_refresh_queue AS n
USING staged_fetch AS l
WHERE
    n.is_planned AND n.package_id IS NULL
    AND l.is_complete AND l.package_id IS NULL AND n.product_id = l.product_id;
