-- Pulls that were applied since the last roll-up, and whose days they concern. A pull that is later than all others of
-- an office only adds to the change log: its own rows tell the products. One that is not may have rewritten the rows
-- after it, or prove that what was first seen later was not there before: then it is the whole office from its day on.
INSERT INTO due_pull
SELECT p.pull_id, p.office_id, p.first_page_at, p.last_page_at
FROM ops.pull AS p
WHERE NOT p.is_rolled_up AND p.kind IN ('office', 'updated', 'product') AND p.status IN ('complete', 'incomplete');

ANALYZE due_pull;

WITH zone AS MATERIALIZED (
    SELECT o.office_id, o.first_sight_at, o.movement_time_zone, inventory.time_zone(o.office_id) AS name
    FROM inventory.office AS o
),

spoken_for AS (
    SELECT p.pull_id, p.office_id, p.first_page_at, p.last_page_at
    FROM due_pull AS p
    WHERE p.office_id IS NOT NULL
    UNION
    SELECT p.pull_id, s.office_id, p.first_page_at, p.last_page_at
    FROM due_pull AS p
    CROSS JOIN zone AS z
    INNER JOIN inventory.sight AS s
        ON
            z.office_id = s.office_id
            AND p.pull_id = s.pull_id AND s.observed_at BETWEEN p.first_page_at AND p.last_page_at
    WHERE p.office_id IS NULL
),

judged AS (
    SELECT
        s.*,
        NOT EXISTS (
            SELECT
            FROM ops.pull AS o
            WHERE
                o.kind IN ('office', 'updated', 'product') AND o.status IN ('complete', 'incomplete')
                AND o.last_page_at >= s.first_page_at AND o.pull_id <> s.pull_id
                AND (o.office_id = s.office_id OR o.office_id IS NULL)
        ) AS is_last
    FROM spoken_for AS s
),

whole_office AS (
    SELECT j.office_id, min(j.first_page_at) AS since
    FROM judged AS j
    WHERE NOT j.is_last
    GROUP BY j.office_id
    UNION ALL
    -- Its business days are others now.
    SELECT z.office_id, z.first_sight_at - interval '1 day'
    FROM zone AS z
    WHERE z.movement_time_zone <> z.name
),

due AS (
    SELECT w.office_id, k.product_id, w.since
    FROM whole_office AS w
    CROSS JOIN LATERAL (
        SELECT s.product_id
        FROM inventory.stock AS s
        WHERE s.office_id = w.office_id
        UNION
        -- What was taken for seen, and is not in the change log any more.
        SELECT m.product_id
        FROM inventory.daily_movement AS m
        WHERE m.office_id = w.office_id AND m.business_date >= (w.since - interval '1 day')::date
    ) AS k
    UNION ALL
    SELECT c.office_id, c.product_id, c.observed_at
    FROM judged AS j
    INNER JOIN inventory.stock_change AS c
        ON
            j.pull_id = c.pull_id AND c.observed_at BETWEEN j.first_page_at AND j.last_page_at
            AND j.office_id = c.office_id
    WHERE j.is_last AND (c.previous_quantity IS NULL OR c.quantity <> c.previous_quantity)
)

INSERT INTO due_movement
SELECT d.office_id, d.product_id, d.from_day, d.from_day::timestamp AT TIME ZONE d.time_zone, d.time_zone
FROM (
    SELECT s.office_id, s.product_id, z.name AS time_zone, (min(s.since) AT TIME ZONE z.name)::date AS from_day
    FROM due AS s
    INNER JOIN zone AS z ON s.office_id = z.office_id
    GROUP BY s.office_id, s.product_id, z.name
) AS d;
