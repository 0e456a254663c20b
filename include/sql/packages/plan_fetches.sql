-- Claims the next fetches for a task and numbers them as pulls: first what has been due longest, then what failed before,
-- the oldest failure first, so that a fetch that always fails blocks no other. The list of a product comes before its
-- vanished packages: a package that the list shows does not have to be fetched by id. A product in the hands of another
-- task is left to it.
WITH open AS (
    SELECT
        n.product_id,
        CASE WHEN n.by_id AND bool_and(n.by_id) OVER (PARTITION BY n.product_id) THEN n.package_id END AS package_id,
        n.due_since,
        n.failed_at
    FROM ops.package_refresh_queue AS n
    WHERE
        n.claimed_by IS NULL AND (n.not_before IS NULL OR n.not_before <= ops.clock())
        AND (%(products)s::bigint[] IS NULL OR n.product_id = ANY(%(products)s::bigint[]))
        AND NOT EXISTS (
            SELECT
            FROM ops.package_refresh_queue AS c
            WHERE c.product_id = n.product_id AND c.claimed_by <> %(number)s
        )
),

grouped AS (
    SELECT o.product_id, o.package_id, min(o.due_since) AS due_since, max(o.failed_at) AS failed_at
    FROM open AS o
    GROUP BY o.product_id, o.package_id
),

planned AS (
    SELECT nextval('ops.pull_id') AS pull_id, o.product_id, o.package_id
    FROM (
        SELECT l.product_id, l.package_id
        FROM grouped AS l
        ORDER BY l.failed_at NULLS FIRST, l.due_since, l.product_id, l.package_id
        -- A task's share of what is left, so that all tasks end at about the same time.
        LIMIT (
            SELECT least(%(fetches)s, greatest(%(batch)s, ceil(count(g.product_id) / %(tasks)s::numeric)))
            FROM grouped AS g
        )
    ) AS o
),

claimed AS (
    UPDATE ops.package_refresh_queue AS n
    SET claimed_by = %(number)s, pull_id = p.pull_id
    FROM planned AS p
    WHERE n.product_id = p.product_id AND (p.package_id IS NULL OR n.package_id = p.package_id)
)

SELECT p.pull_id, p.product_id, p.package_id
FROM planned AS p
ORDER BY p.pull_id;
