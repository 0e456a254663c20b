-- Deletes rows of the queue that their fetch has answered: it returned the package, or the whole list of the product.
-- Two statements in one, because a condition with OR would search an index once per row without its leading column.
WITH of_packages AS (
    DELETE FROM ops.package_refresh_queue AS n
    USING staged_package AS s
    WHERE n.pull_id = s.pull_id AND n.product_id = s.product_id AND n.package_id = s.package_id
)

DELETE FROM ops.package_refresh_queue AS n
USING staged_fetch AS l
WHERE
    n.pull_id = l.pull_id AND n.product_id = l.product_id AND n.package_id IS NULL
    AND l.is_complete AND l.package_id IS NULL;
