-- Enqueues the packages that pulls have seen appear, change or vanish in some office since the last call, unless their
-- detail was seen after that. Where an item does not list its packages, the whole product is enqueued. Vanished
-- packages are fetched by id, because lists show active packages only. If changes of quantity wait, a known package that
-- only has another quantity in an office is not fetched again on the business day of its last refresh.
WITH pull AS (
    UPDATE ops.pull AS p
    SET is_enqueued = true
    WHERE p.changes > 0 AND NOT p.is_enqueued
    RETURNING p.pull_id, p.first_page_at, p.last_page_at
),

-- Pulls of several offices overlap in time: the change log of their time spans is read once for all of them.
span AS (
    SELECT unnest(range_agg(tstzrange(p.first_page_at, p.last_page_at, '[]'))) AS during
    FROM pull AS p
),

-- Here and below, an ORDER BY without a use for the order keeps the planner from reading the whole change log.
seen AS MATERIALIZED (
    SELECT c.*
    FROM span AS s
    CROSS JOIN LATERAL (
        SELECT v.office_id, v.product_id, v.observed_at, v.packages_known, v.pull_id
        FROM inventory.stock_change AS v
        WHERE v.observed_at BETWEEN lower(s.during) AND upper(s.during)
        ORDER BY v.observed_at
    ) AS c
),

changed AS (
    SELECT c.office_id, c.product_id, c.observed_at, c.packages_known
    FROM seen AS c
    CROSS JOIN LATERAL (
        SELECT p.pull_id
        FROM ops.pull AS p  -- by key, and as it was before this statement
        WHERE p.pull_id = c.pull_id AND p.changes > 0 AND NOT p.is_enqueued
        ORDER BY p.pull_id
        LIMIT 1
    ) AS p
),

package_seen AS (
    SELECT
        k.product_id,
        k.package_id,
        (array_agg(k.reason ORDER BY k.observed_at DESC, k.quantity DESC))[1] AS last_reason,
        bool_or(k.reason = 'first_seen') AS is_new,
        bool_and(k.reason = 'changed' AND k.quantity > 0) AS is_quantity_only,
        array_agg(c.office_id) AS offices,
        min(k.observed_at) AS first_at,
        max(k.observed_at) AS last_at
    FROM changed AS c
    CROSS JOIN LATERAL (
        SELECT v.*
        FROM inventory.package_change AS v
        WHERE v.office_id = c.office_id AND v.product_id = c.product_id AND v.observed_at = c.observed_at
        ORDER BY v.package_id
    ) AS k
    GROUP BY k.product_id, k.package_id
),

due AS (
    SELECT
        s.product_id,
        s.package_id,
        CASE WHEN s.last_reason = 'absent' THEN 'vanished' WHEN s.is_new THEN 'new' ELSE 'changed' END AS reason,
        s.last_reason = 'absent' AS by_id,
        greatest(s.first_at, k.next_day) AS due_since,
        k.next_day AS not_before
    FROM package_seen AS s
    LEFT JOIN LATERAL (
        SELECT
            v.observed_at,
            -- An office that the detail does not name is more than a change of quantity.
            CASE
                WHEN
                    %(quantities_wait)s AND s.is_quantity_only AND a.product_id = s.product_id
                    AND s.offices <@ v.available_in_office
                    THEN inventory.business_day_end(NULL, (v.observed_at AT TIME ZONE inventory.time_zone(NULL))::date)
            END AS next_day
        FROM inventory.package_state AS v
        LEFT JOIN inventory.package_attributes AS a
            ON v.package_id = a.package_id AND v.attributes_from = a.valid_from
        WHERE v.package_id = s.package_id
        ORDER BY v.valid_from DESC
        LIMIT 1
    ) AS k ON true
    WHERE (k.observed_at > s.last_at) IS NOT true
    UNION ALL
    SELECT c.product_id, NULL, 'packages_unknown', false, min(c.observed_at), NULL
    FROM changed AS c
    WHERE NOT c.packages_known
    GROUP BY c.product_id
)

INSERT INTO ops.package_refresh_queue AS n (product_id, package_id, reason, by_id, due_since, not_before)
SELECT w.product_id, w.package_id, w.reason, w.by_id, w.due_since, w.not_before
FROM due AS w
ON CONFLICT (product_id, package_id) DO UPDATE SET
reason = excluded.reason,
by_id = excluded.by_id,
due_since = least(n.due_since, excluded.due_since),
pull_id = NULL,
tries = 0,
-- What is due at once stays due at once.
not_before = CASE WHEN n.tries > 0 OR n.not_before IS NOT NULL THEN excluded.not_before END;
