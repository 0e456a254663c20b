-- Counts the packages and lists that are due for refresh, and those among them whose next fetch has to wait; all of
-- them, or those of some products. What other tasks have claimed is theirs to count.
SELECT
    count(*) AS left_over,
    count(*) FILTER (WHERE n.not_before > ops.clock()) AS waiting
FROM ops.package_refresh_queue AS n
WHERE
    (n.claimed_by IS NULL OR n.claimed_by = %(number)s)
    AND (%(products)s::bigint[] IS NULL OR n.product_id = ANY(%(products)s::bigint[]));
