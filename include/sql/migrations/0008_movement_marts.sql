-- How packages move between offices, and in which order they are used.

CREATE VIEW mart.transfer_inferred AS
WITH
-- What an office held from the start is no arrival: only after a complete pull of it is something new there.
known_office AS (
    SELECT p.office_id, min(p.last_page_at) AS known_from
    FROM ops.pull AS p
    WHERE p.kind = 'office' AND p.status = 'complete'
    GROUP BY p.office_id
),

-- Few packages are ever in two offices: what follows is about these alone.
travelled AS (
    SELECT c.package_id
    FROM inventory.package_change AS c
    GROUP BY c.package_id
    HAVING min(c.office_id) < max(c.office_id)
),

arrival AS (
    SELECT
        c.package_id,
        c.office_id,
        c.product_id,
        c.observed_at,
        c.quantity - coalesce(c.previous_quantity, 0) AS quantity,
        c.previous_quantity IS NULL AS is_first_sight
    FROM inventory.package_change AS c
    INNER JOIN travelled AS t ON c.package_id = t.package_id
    LEFT JOIN known_office AS k ON c.office_id = k.office_id
    WHERE
        c.quantity > coalesce(c.previous_quantity, 0)
        AND (c.previous_quantity IS NOT NULL OR c.observed_at > k.known_from)
),

departure AS (
    SELECT c.package_id, c.office_id, c.product_id, c.observed_at, c.previous_quantity - c.quantity AS quantity
    FROM inventory.package_change AS c
    WHERE c.quantity < c.previous_quantity
),

-- Each arrival comes from the departure that is nearest in time.
matched AS (
    SELECT DISTINCT ON (a.package_id, a.office_id, a.product_id, a.observed_at)
        a.package_id,
        a.product_id,
        d.office_id AS from_office_id,
        a.office_id AS to_office_id,
        d.product_id AS from_product_id,
        d.observed_at AS left_at,
        a.observed_at AS arrived_at,
        d.quantity AS departed,
        a.quantity AS arrived,
        a.is_first_sight
    FROM arrival AS a
    INNER JOIN departure AS d
        ON
            a.package_id = d.package_id
            AND a.office_id <> d.office_id
            AND d.observed_at >= a.observed_at - (SELECT ops.setting('transfer_window')::interval)
            AND d.observed_at <= a.observed_at + (SELECT ops.setting('transfer_window')::interval)
    ORDER BY
        a.package_id, a.office_id, a.product_id, a.observed_at,
        greatest(a.observed_at - d.observed_at, d.observed_at - a.observed_at), d.office_id, d.observed_at, d.product_id
),

-- A product that has just begun to tell its packages tells what was there before: that is no arrival.
credible AS (
    SELECT m.*
    FROM matched AS m
    WHERE
        NOT m.is_first_sight
        OR (
            SELECT s.package_ids IS NOT NULL
            FROM inventory.stock_change AS s
            WHERE s.office_id = m.to_office_id AND s.product_id = m.product_id AND s.observed_at < m.arrived_at
            ORDER BY s.observed_at DESC
            LIMIT 1
        ) IS NOT FALSE
),

-- What left once cannot arrive twice: the nearest arrival takes first.
shared AS (
    SELECT
        m.*,
        m.departed - coalesce(
            sum(m.arrived) OVER (
                PARTITION BY m.package_id, m.from_office_id, m.from_product_id, m.left_at
                ORDER BY
                    greatest(m.arrived_at - m.left_at, m.left_at - m.arrived_at), m.to_office_id, m.arrived_at,
                    m.product_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ),
            0
        ) AS unclaimed
    FROM credible AS m
)

SELECT
    s.package_id,
    s.from_office_id,
    s.to_office_id,
    greatest(s.left_at, s.arrived_at) AS observed_at,
    least(s.arrived, s.unclaimed) AS quantity,
    c.measurement,
    s.product_id,
    s.from_product_id,
    s.left_at,
    s.arrived_at,
    s.departed,
    s.arrived
FROM shared AS s
INNER JOIN inventory.stock_change AS c
    ON s.to_office_id = c.office_id AND s.product_id = c.product_id AND s.arrived_at = c.observed_at
WHERE s.unclaimed > 0;

-- Asked day by day: so a filter on the day reaches the partitions, and from there it
-- goes one by one, by key. OFFSET 0 keeps the planner to that order: it cannot know how few rows are left at each step.
CREATE VIEW mart.fifo_breach AS
WITH zone AS MATERIALIZED (
    SELECT o.office_id, inventory.time_zone(o.office_id) AS name
    FROM inventory.office AS o
),

day AS (
    SELECT
        z.name,
        g.start_at::date AS business_date,
        g.start_at AT TIME ZONE z.name AS start_at,
        (g.start_at + interval '1 day') AT TIME ZONE z.name AS end_at
    FROM (SELECT DISTINCT n.name FROM zone AS n) AS z
    CROSS JOIN generate_series(
        (
            SELECT (min(o.first_sight_at) AT TIME ZONE 'UTC')::date::timestamp - interval '1 day'
            FROM inventory.office AS o
        ),
        (ops.clock() AT TIME ZONE 'UTC')::date::timestamp + interval '1 day',
        interval '1 day'
    ) AS g (start_at)
),

-- What went down of a package while others were there.
beside AS (
    SELECT
        d.business_date,
        c.office_id,
        c.product_id,
        c.package_id,
        c.observed_at,
        c.depletion,
        s.measurement,
        o.package_id AS other_package_id,
        o.quantity AS other_quantity
    FROM day AS d
    CROSS JOIN LATERAL (
        SELECT l.*
        FROM inventory.stock_change AS l
        WHERE l.observed_at >= d.start_at AND l.observed_at < d.end_at AND l.package_ids <> '{}'
        OFFSET 0 -- noqa: AM09
    ) AS s
    INNER JOIN zone AS z ON s.office_id = z.office_id AND d.name = z.name
    CROSS JOIN LATERAL (
        SELECT
            p.office_id, p.product_id, p.package_id, p.observed_at,
            p.previous_quantity - p.quantity AS depletion
        FROM inventory.package_change AS p
        WHERE
            p.office_id = s.office_id AND p.product_id = s.product_id AND p.observed_at = s.observed_at
            AND p.quantity < p.previous_quantity
        OFFSET 0 -- noqa: AM09
    ) AS c
    CROSS JOIN LATERAL unnest(s.package_ids, s.package_quantities) AS o (package_id, quantity)
    WHERE o.quantity > 0 AND o.package_id <> c.package_id
),

-- Its day of check-in as told at that time. The first one that was told holds before it was told.
dated AS (
    SELECT
        b.*,
        (
            SELECT k.check_in_date
            FROM inventory.package_version AS k
            WHERE k.package_id = b.package_id
            ORDER BY k.valid_from > b.observed_at, abs(extract(EPOCH FROM k.valid_from - b.observed_at))
            LIMIT 1
        ) AS check_in_date,
        (
            SELECT k.check_in_date
            FROM inventory.package_version AS k
            WHERE k.package_id = b.other_package_id
            ORDER BY k.valid_from > b.observed_at, abs(extract(EPOCH FROM k.valid_from - b.observed_at))
            LIMIT 1
        ) AS other_check_in_date
    FROM beside AS b
),

breach AS (
    SELECT
        d.*,
        CASE
            WHEN
                d.other_check_in_date < d.check_in_date
                -- It was there before, and could have been used.
                AND NOT EXISTS (
                    SELECT
                    FROM inventory.package_change AS c
                    WHERE
                        c.office_id = d.office_id AND c.product_id = d.product_id AND c.package_id = d.other_package_id
                        AND c.observed_at = d.observed_at AND coalesce(c.previous_quantity, 0) <= 0
                )
                THEN d.depletion - coalesce(
                    CASE
                        -- Few packages are in two offices.
                        WHEN EXISTS (
                            SELECT
                            FROM inventory.package_change AS e
                            WHERE
                                e.package_id = d.package_id AND e.office_id <> d.office_id
                                AND e.observed_at >= d.observed_at - (SELECT ops.setting('transfer_window')::interval)
                                AND e.observed_at <= d.observed_at + (SELECT ops.setting('transfer_window')::interval)
                        )
                            THEN (
                                SELECT sum(t.quantity)
                                FROM mart.transfer_inferred AS t
                                WHERE
                                    t.package_id = d.package_id AND t.from_office_id = d.office_id
                                    AND t.from_product_id = d.product_id AND t.left_at = d.observed_at
                            )
                    END,
                    0
                )
        END AS unexplained
    FROM dated AS d
)

SELECT
    b.business_date,
    b.office_id,
    b.product_id,
    b.other_package_id AS older_package_id,
    b.package_id AS newer_package_id,
    (array_agg(b.other_quantity ORDER BY b.observed_at DESC))[1] AS older_quantity,
    sum(b.unexplained) AS newer_depletion,
    b.measurement,
    (array_agg(b.other_check_in_date ORDER BY b.observed_at DESC))[1] AS older_check_in_date,
    (array_agg(b.check_in_date ORDER BY b.observed_at DESC))[1] AS newer_check_in_date,
    max(b.observed_at) AS observed_at
FROM breach AS b
WHERE b.unexplained > 0
GROUP BY b.business_date, b.office_id, b.product_id, b.other_package_id, b.package_id, b.measurement;

COMMENT ON VIEW mart.transfer_inferred IS 'Packages that seem to have moved between offices: more of a package in one office, and less of it in another within 24 hours (setting transfer_window_hours) before or after. Inferred, never told by the API. Of several departures the nearest in time counts, then the lowest office. What the first complete pull of an office found there is no arrival. A sale between the two looks falls into the difference: quantity is a lower bound. Example: what office 12 received in March is WHERE to_office_id = 12 AND observed_at >= ''2026-03-01'' AND observed_at < ''2026-04-01''.';
COMMENT ON COLUMN mart.transfer_inferred.package_id IS 'Package.';
COMMENT ON COLUMN mart.transfer_inferred.from_office_id IS 'Office where it became less.';
COMMENT ON COLUMN mart.transfer_inferred.to_office_id IS 'Office where it became more.';
COMMENT ON COLUMN mart.transfer_inferred.observed_at IS 'When both had been seen: the later of left_at and arrived_at.';
COMMENT ON COLUMN mart.transfer_inferred.quantity IS 'The lesser of arrived and what is left of departed, in the measurement. Additive over packages of one measurement and over time.';
COMMENT ON COLUMN mart.transfer_inferred.measurement IS 'Unit of the quantities: that of the product where it arrived.';
COMMENT ON COLUMN mart.transfer_inferred.product_id IS 'Product that listed the package where it arrived.';
COMMENT ON COLUMN mart.transfer_inferred.from_product_id IS 'Product that listed the package where it left.';
COMMENT ON COLUMN mart.transfer_inferred.left_at IS 'When it was seen to have become less.';
COMMENT ON COLUMN mart.transfer_inferred.arrived_at IS 'When it was seen to have become more.';
COMMENT ON COLUMN mart.transfer_inferred.departed IS 'How much less. Not additive: a departure may serve several arrivals.';
COMMENT ON COLUMN mart.transfer_inferred.arrived IS 'How much more.';

COMMENT ON VIEW mart.fifo_breach IS 'Packages that went down while an older package of the product, by day of check-in, lay in the same office and had been there before. By day of observation: what happened before midnight and was seen after it counts on the next day. What an inferred transfer explains does not count; waste and corrections do. Packages without a day of check-in take no part. Example: how often each product breaks the rule is count(DISTINCT business_date) GROUP BY product_id.';
COMMENT ON COLUMN mart.fifo_breach.business_date IS 'Business day of the office on which the decreases were seen.';
COMMENT ON COLUMN mart.fifo_breach.office_id IS 'Office.';
COMMENT ON COLUMN mart.fifo_breach.product_id IS 'Product.';
COMMENT ON COLUMN mart.fifo_breach.older_package_id IS 'Package with the earlier day of check-in, which was left.';
COMMENT ON COLUMN mart.fifo_breach.newer_package_id IS 'Package with the later day of check-in, which went down.';
COMMENT ON COLUMN mart.fifo_breach.older_quantity IS 'What the older one held in the office at the last of the decreases, in the measurement. Not additive.';
COMMENT ON COLUMN mart.fifo_breach.newer_depletion IS 'By how much the newer one went down while the older one was there, in the measurement. Not additive over older packages: each repeats it.';
COMMENT ON COLUMN mart.fifo_breach.measurement IS 'Unit of the quantities.';
COMMENT ON COLUMN mart.fifo_breach.older_check_in_date IS 'Day of check-in of the older one, as known then.';
COMMENT ON COLUMN mart.fifo_breach.newer_check_in_date IS 'Day of check-in of the newer one, as known then.';
COMMENT ON COLUMN mart.fifo_breach.observed_at IS 'When the last of the decreases was seen.';
