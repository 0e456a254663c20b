-- Deletes rows of the queue that a fetch has answered: it returned the package, or the whole list of the product. Two
-- statements in one, because a condition with OR would search an index once per row without its leading column.
WITH of_packages AS (
    DELETE FROM ops.package_refresh_queue AS n
    USING (SELECT DISTINCT s.package_id FROM staged_package AS s) AS item
    WHERE n.is_planned AND n.package_id = item.package_id
)

DELETE FROM ops.package_refresh_queue AS n
USING staged_fetch AS l
WHERE
    n.is_planned AND n.package_id IS NULL
    AND l.is_complete AND l.package_id IS NULL AND n.product_id = l.product_id;
