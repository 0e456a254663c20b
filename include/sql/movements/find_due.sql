-- Finds the products and days that pulls affect. A pull that is later than all others of an office only appended to the
-- change log: its own rows name the products. Any other pull may have replaced later rows, or may prove that a product
-- first seen later was not there before: then the whole office is due from its day on.
WITH whole_office AS (
    SELECT j.office_id, j.time_zone, min(j.first_page_at) AS since
    FROM due_office AS j
    WHERE NOT j.is_last
    GROUP BY j.office_id, j.time_zone
    UNION ALL
    -- The time zone of the office has changed, and with it its business days.
    SELECT o.office_id, inventory.time_zone(o.office_id), o.first_seen_at - interval '1 day'
    FROM inventory.office AS o
    WHERE o.movement_time_zone <> inventory.time_zone(o.office_id)
),

-- Pulls of several offices overlap in time: the change log of their time spans is read once for all of them.
span AS (
    SELECT unnest(range_agg(tstzrange(j.first_page_at, j.last_page_at, '[]'))) AS during
    FROM due_office AS j
    WHERE j.is_last
),

seen AS MATERIALIZED (
    SELECT c.*
    FROM span AS s
    CROSS JOIN LATERAL (
        SELECT v.office_id, v.product_id, v.observed_at, v.pull_id
        FROM inventory.stock_change AS v
        WHERE
            v.observed_at BETWEEN lower(s.during) AND upper(s.during)
            AND (v.previous_quantity IS NULL OR v.quantity <> v.previous_quantity)
        -- This ORDER BY only keeps the planner from reading the whole change log.
        ORDER BY v.observed_at
    ) AS c
),

due AS (
    SELECT w.office_id, k.product_id, w.time_zone, w.since
    FROM whole_office AS w
    CROSS JOIN LATERAL (
        SELECT s.product_id
        FROM inventory.stock AS s
        WHERE s.office_id = w.office_id
        UNION
        -- Products whose rows in the change log are gone.
        SELECT m.product_id
        FROM inventory.daily_movement AS m
        WHERE m.office_id = w.office_id AND m.business_date >= (w.since - interval '1 day')::date
    ) AS k
    UNION ALL
    SELECT c.office_id, c.product_id, j.time_zone, c.observed_at
    FROM seen AS c
    INNER JOIN due_office AS j ON c.pull_id = j.pull_id AND c.office_id = j.office_id
    WHERE j.is_last
)

INSERT INTO due_movement
SELECT d.office_id, d.product_id, d.from_day, d.from_day::timestamp AT TIME ZONE d.time_zone, d.time_zone
FROM (
    SELECT s.office_id, s.product_id, s.time_zone, (min(s.since) AT TIME ZONE s.time_zone)::date AS from_day
    FROM due AS s
    GROUP BY s.office_id, s.product_id, s.time_zone
) AS d;
