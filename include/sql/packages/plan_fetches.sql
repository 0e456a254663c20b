-- Plans the next fetches and numbers them as pulls: first what has been due longest, then what failed before, the
-- oldest failure first, so that a fetch that always fails blocks no other. The list of a product comes before its
-- vanished packages: a package that the list shows does not have to be fetched by id.
WITH open AS (
    SELECT
        n.product_id,
        CASE WHEN n.by_id AND bool_and(n.by_id) OVER (PARTITION BY n.product_id) THEN n.package_id END AS package_id,
        n.due_since,
        n.failed_at
    FROM ops.package_refresh_queue AS n
    WHERE NOT n.is_planned AND (n.not_before IS NULL OR n.not_before <= ops.clock())
),

due AS (
    SELECT o.product_id, o.package_id, min(o.due_since) AS due_since, max(o.failed_at) AS failed_at
    FROM open AS o
    GROUP BY o.product_id, o.package_id
    ORDER BY max(o.failed_at) NULLS FIRST, min(o.due_since), o.product_id, o.package_id
    LIMIT %(fetches)s
),

planned AS (
    UPDATE ops.package_refresh_queue AS n
    SET is_planned = true
    FROM due AS l
    WHERE n.product_id = l.product_id AND (l.package_id IS NULL OR n.package_id = l.package_id)
)

SELECT nextval('ops.pull_id') AS pull_id, o.product_id, o.package_id
FROM (
    SELECT l.product_id, l.package_id
    FROM due AS l
    ORDER BY l.failed_at NULLS FIRST, l.due_since, l.product_id, l.package_id
) AS o;
