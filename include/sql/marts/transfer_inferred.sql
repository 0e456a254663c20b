CREATE OR REPLACE VIEW mart.transfer_inferred AS
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
        c.previous_quantity IS NULL AS is_first_seen
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
        a.is_first_seen
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
        NOT m.is_first_seen
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
    s.arrived,
    (SELECT n.name FROM inventory.office AS n WHERE n.office_id = s.from_office_id) AS from_office_name,
    (SELECT n.name FROM inventory.office AS n WHERE n.office_id = s.to_office_id) AS to_office_name,
    (SELECT n.name FROM inventory.product AS n WHERE n.product_id = s.product_id) AS product_name
FROM shared AS s
INNER JOIN inventory.stock_change AS c
    ON s.to_office_id = c.office_id AND s.product_id = c.product_id AND s.arrived_at = c.observed_at
WHERE s.unclaimed > 0;

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
COMMENT ON COLUMN mart.transfer_inferred.from_office_name IS 'Current name of the office that it left.';
COMMENT ON COLUMN mart.transfer_inferred.to_office_name IS 'Current name of the office at which it arrived.';
COMMENT ON COLUMN mart.transfer_inferred.product_name IS 'Current name of the product; NULL until the catalogue names it.';
