-- Adds to the observations of products with late-arriving ones all observations already stored since then, so that this
-- part of the change log can be derived again. Page presence is read once, however many products are replayed.
WITH reach AS (
    SELECT k.office_id, min(k.replay_from) AS replay_from
    FROM late_arriving_product AS k
    GROUP BY k.office_id
),

complete_pull AS (
    SELECT p.office_id, p.pull_id, p.first_page_at, p.last_page_at
    FROM reach AS r
    INNER JOIN ops.pull AS p ON r.office_id = p.office_id AND r.replay_from <= p.last_page_at
    WHERE
        p.kind = 'office' AND p.status = 'complete' AND p.pull_id <> %(pull_id)s
        AND p.last_page_at >= %(first_page_at)s
),

-- Starts with the first page of every complete pull that reaches beyond the first late-arriving observation: these
-- pages list the products that the pull does not prove absent.
window_start AS (
    SELECT r.office_id, least(r.replay_from, min(p.first_page_at)) AS start_at
    FROM reach AS r
    LEFT JOIN complete_pull AS p ON r.office_id = p.office_id
    GROUP BY r.office_id, r.replay_from
),

listed AS MATERIALIZED (
    SELECT s.office_id, item.product_id, s.observed_at, s.pull_id, k.replay_from
    FROM window_start AS w
    CROSS JOIN LATERAL (
        SELECT g.*
        FROM inventory.page_presence AS g
        WHERE g.office_id = w.office_id AND g.observed_at >= w.start_at
        ORDER BY g.observed_at  -- by key
    ) AS s
    CROSS JOIN LATERAL unnest(s.product_ids) AS item (product_id)
    CROSS JOIN LATERAL (
        SELECT l.replay_from
        FROM late_arriving_product AS l
        WHERE l.office_id = s.office_id AND l.product_id = item.product_id
        ORDER BY l.product_id
        LIMIT 1  -- by key
    ) AS k
),

-- Absences proven by these pulls, as inventory.proves_absence defines them for a single product.
absent AS (
    SELECT p.office_id, k.product_id, p.pull_id
    FROM complete_pull AS p
    INNER JOIN late_arriving_product AS k ON p.office_id = k.office_id AND p.last_page_at >= k.replay_from
    EXCEPT
    SELECT l.office_id, l.product_id, l.pull_id FROM listed AS l
    EXCEPT
    SELECT p.office_id, q.product_id, p.pull_id
    FROM complete_pull AS p
    INNER JOIN ops.quarantine AS q ON p.pull_id = q.pull_id AND p.office_id = q.office_id
    WHERE q.counted
)

INSERT INTO observation
SELECT
    l.office_id, l.product_id, l.observed_at, l.pull_id, true,
    c.measurement, c.quantity, c.packages_known, c.package_ids, c.package_quantities, 0
FROM listed AS l
CROSS JOIN LATERAL (
    SELECT v.*
    FROM inventory.stock_change AS v
    WHERE v.office_id = l.office_id AND v.product_id = l.product_id AND v.observed_at <= l.observed_at
    ORDER BY v.observed_at DESC
    LIMIT 1
) AS c
WHERE l.observed_at >= l.replay_from
UNION ALL
SELECT a.office_id, a.product_id, p.last_page_at, a.pull_id, false, NULL, 0, true, '{}', '{}', 0
FROM absent AS a
CROSS JOIN LATERAL (
    SELECT c.last_page_at
    FROM ops.pull AS c
    WHERE c.pull_id = a.pull_id
    ORDER BY c.pull_id
    LIMIT 1
) AS p;
