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

CREATE VIEW inventory.package_check_in AS
SELECT
    d.package_id,
    d.check_in_date,
    CASE WHEN d.number = 1 THEN '-infinity'::timestamptz ELSE d.valid_from END AS valid_from,
    lead(d.valid_from, 1, 'infinity'::timestamptz) OVER (PARTITION BY d.package_id ORDER BY d.valid_from) AS valid_to
FROM (
    SELECT
        v.package_id,
        v.check_in_date,
        v.valid_from,
        lag(v.check_in_date) OVER w AS date_before,
        row_number() OVER w AS number
    FROM inventory.package_version AS v
    WINDOW w AS (PARTITION BY v.package_id ORDER BY v.valid_from)
) AS d
WHERE d.number = 1 OR d.check_in_date IS DISTINCT FROM d.date_before;
COMMENT ON VIEW inventory.package_check_in IS 'Which day of check-in a package had at which time; the first one that was told holds before it was told, and the last one for ever.';
COMMENT ON COLUMN inventory.package_check_in.package_id IS 'Package.';
COMMENT ON COLUMN inventory.package_check_in.check_in_date IS 'Day of check-in; NULL where the API told none.';
COMMENT ON COLUMN inventory.package_check_in.valid_from IS 'When it was first seen; -infinity for the first one.';
COMMENT ON COLUMN inventory.package_check_in.valid_to IS 'When another one was first seen; infinity for the last one.';

CREATE VIEW mart.fifo_breach AS
WITH zone AS MATERIALIZED (
    SELECT o.office_id, inventory.time_zone(o.office_id) AS name
    FROM inventory.office AS o
),

transferred AS (
    SELECT t.package_id, t.from_office_id, t.from_product_id, t.left_at, sum(t.quantity) AS quantity
    FROM mart.transfer_inferred AS t
    GROUP BY t.package_id, t.from_office_id, t.from_product_id, t.left_at
),

depleted AS (
    SELECT
        c.office_id,
        c.product_id,
        c.package_id,
        c.observed_at,
        c.previous_quantity - c.quantity - coalesce(t.quantity, 0) AS depletion,
        i.check_in_date
    FROM inventory.package_change AS c
    INNER JOIN inventory.package_check_in AS i
        ON c.package_id = i.package_id AND c.observed_at >= i.valid_from AND c.observed_at < i.valid_to
    LEFT JOIN transferred AS t
        ON
            c.package_id = t.package_id AND c.office_id = t.from_office_id
            AND c.product_id = t.from_product_id AND c.observed_at = t.left_at
    WHERE
        c.quantity < c.previous_quantity
        AND i.check_in_date IS NOT NULL
        AND c.previous_quantity - c.quantity > coalesce(t.quantity, 0)
),

breach AS (
    SELECT
        (d.observed_at AT TIME ZONE z.name)::date AS business_date,
        d.office_id,
        d.product_id,
        o.package_id AS older_package_id,
        d.package_id AS newer_package_id,
        d.observed_at,
        d.depletion,
        o.quantity AS older_quantity,
        s.measurement,
        i.check_in_date AS older_check_in_date,
        d.check_in_date AS newer_check_in_date
    FROM depleted AS d
    INNER JOIN zone AS z ON d.office_id = z.office_id
    INNER JOIN inventory.stock_change AS s
        ON d.office_id = s.office_id AND d.product_id = s.product_id AND d.observed_at = s.observed_at
    CROSS JOIN LATERAL unnest(s.package_ids, s.package_quantities) AS o (package_id, quantity)
    INNER JOIN inventory.package_check_in AS i
        ON o.package_id = i.package_id AND d.observed_at >= i.valid_from AND d.observed_at < i.valid_to
    WHERE
        o.quantity > 0
        AND i.check_in_date < d.check_in_date
        -- It was there before, and could have been used.
        AND NOT EXISTS (
            SELECT
            FROM inventory.package_change AS c
            WHERE
                c.office_id = d.office_id AND c.product_id = d.product_id AND c.package_id = o.package_id
                AND c.observed_at = d.observed_at AND coalesce(c.previous_quantity, 0) <= 0
        )
)

SELECT
    b.business_date,
    b.office_id,
    b.product_id,
    b.older_package_id,
    b.newer_package_id,
    (array_agg(b.older_quantity ORDER BY b.observed_at DESC))[1] AS older_quantity,
    sum(b.depletion) AS newer_depletion,
    b.measurement,
    (array_agg(b.older_check_in_date ORDER BY b.observed_at DESC))[1] AS older_check_in_date,
    (array_agg(b.newer_check_in_date ORDER BY b.observed_at DESC))[1] AS newer_check_in_date,
    max(b.observed_at) AS observed_at
FROM breach AS b
GROUP BY b.business_date, b.office_id, b.product_id, b.older_package_id, b.newer_package_id, b.measurement;

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
