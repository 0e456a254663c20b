-- Finds the pulls that were applied since the last roll-up, the offices that they concern, and whether a pull is later
-- than all others of an office: then it only appended to the change log.
INSERT INTO due_pull
SELECT p.pull_id, p.office_id, p.first_page_at, p.last_page_at
FROM ops.pull AS p
WHERE NOT p.is_rolled_up AND p.kind IN ('office', 'updated', 'product') AND p.status IN ('complete', 'incomplete');

ANALYZE due_pull;

WITH zone AS MATERIALIZED (
    SELECT o.office_id, inventory.time_zone(o.office_id) AS name
    FROM inventory.office AS o
),

concerned AS (
    SELECT p.pull_id, p.office_id, p.first_page_at, p.last_page_at
    FROM due_pull AS p
    WHERE p.office_id IS NOT NULL
    UNION
    SELECT p.pull_id, s.office_id, p.first_page_at, p.last_page_at
    FROM due_pull AS p
    CROSS JOIN zone AS z
    CROSS JOIN LATERAL (
        SELECT g.office_id
        FROM inventory.page_presence AS g
        WHERE
            g.office_id = z.office_id
            AND g.pull_id = p.pull_id AND g.observed_at BETWEEN p.first_page_at AND p.last_page_at
        ORDER BY g.observed_at
        LIMIT 1
    ) AS s
    WHERE p.office_id IS NULL
)

INSERT INTO due_office
SELECT
    s.pull_id,
    s.office_id,
    s.first_page_at,
    s.last_page_at,
    z.name,
    -- The latest first, by key: EXISTS could scan the ledger from its start for each pull.
    (
        SELECT false
        FROM ops.pull AS o
        WHERE
            o.kind IN ('office', 'updated', 'product') AND o.status IN ('complete', 'incomplete')
            AND o.last_page_at >= s.first_page_at AND o.pull_id <> s.pull_id
            AND (o.office_id = s.office_id OR o.office_id IS NULL)
        ORDER BY o.last_page_at DESC
        LIMIT 1
    ) IS NULL
FROM concerned AS s
INNER JOIN zone AS z ON s.office_id = z.office_id;

ANALYZE due_office;
