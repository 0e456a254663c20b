CREATE OR REPLACE VIEW mart.transfer_inferred AS
WITH
-- Stock that an office had from the start is not an arrival: its first complete pull has to come before.
known_office AS (
    SELECT p.office_id, min(p.last_page_at) AS known_from
    FROM ops.pull AS p
    WHERE p.kind = 'office' AND p.status = 'complete'
    GROUP BY p.office_id
),

-- Few packages are ever in two offices: only these are considered.
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

-- Each arrival is matched with the departure that is nearest in time.
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

-- A product that starts to list its packages lists those that were there before: these are not arrivals.
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

-- A departure is used up by its arrivals, the nearest in time first.
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

COMMENT ON VIEW mart.transfer_inferred IS 'One row per inferred arrival of a package in an office: its quantity increased in one office and decreased in another within 24 hours (setting transfer_window_hours) before or after. The API does not report transfers. Of several departures, the nearest in time is matched, then the office with the lowest id. Stock found by the first complete pull of an office is not an arrival. quantity is a lower bound, because a sale between the two observations reduces it. Example: for what office 12 received in March, WHERE to_office_id = 12 AND observed_at >= ''2026-03-01'' AND observed_at < ''2026-04-01''.';
COMMENT ON COLUMN mart.transfer_inferred.package_id IS 'Id of the package.';
COMMENT ON COLUMN mart.transfer_inferred.from_office_id IS 'Id of the office where the quantity decreased.';
COMMENT ON COLUMN mart.transfer_inferred.to_office_id IS 'Id of the office where the quantity increased.';
COMMENT ON COLUMN mart.transfer_inferred.observed_at IS 'Time at which both changes had been observed: the later of left_at and arrived_at.';
COMMENT ON COLUMN mart.transfer_inferred.quantity IS 'Quantity transferred, in measurement: the lesser of arrived and the part of departed that no other arrival has claimed. Additive over packages of one measurement and over time.';
COMMENT ON COLUMN mart.transfer_inferred.measurement IS 'Unit of the quantities: the measurement of the product in the office of arrival.';
COMMENT ON COLUMN mart.transfer_inferred.product_id IS 'Id of the product that listed the package in the office of arrival.';
COMMENT ON COLUMN mart.transfer_inferred.from_product_id IS 'Id of the product that listed the package in the office of departure.';
COMMENT ON COLUMN mart.transfer_inferred.left_at IS 'Time at which the decrease was observed.';
COMMENT ON COLUMN mart.transfer_inferred.arrived_at IS 'Time at which the increase was observed.';
COMMENT ON COLUMN mart.transfer_inferred.departed IS 'Size of the decrease, in measurement. Not additive: several arrivals may share a departure.';
COMMENT ON COLUMN mart.transfer_inferred.arrived IS 'Size of the increase, in measurement.';
COMMENT ON COLUMN mart.transfer_inferred.from_office_name IS 'Current name of the office of departure.';
COMMENT ON COLUMN mart.transfer_inferred.to_office_name IS 'Current name of the office of arrival.';
COMMENT ON COLUMN mart.transfer_inferred.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
