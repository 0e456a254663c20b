-- Evaluated day by day, so that a filter on the day prunes partitions, and from there by key. OFFSET 0 is an
-- optimisation fence that keeps this order: the planner overestimates the rows left at each step.
CREATE OR REPLACE VIEW mart.fifo_breach AS
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
            SELECT (min(o.first_seen_at) AT TIME ZONE 'UTC')::date::timestamp - interval '1 day'
            FROM inventory.office AS o
        ),
        (ops.clock() AT TIME ZONE 'UTC')::date::timestamp + interval '1 day',
        interval '1 day'
    ) AS g (start_at)
),

-- Decreases of a package while other packages of the product were in stock.
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

-- Date of check-in as known at that time. The first known date also holds for the time before it was known.
dated AS (
    SELECT
        b.*,
        (
            SELECT k.check_in_date
            FROM inventory.package_attributes AS k
            WHERE k.package_id = b.package_id
            ORDER BY k.valid_from > b.observed_at, abs(extract(EPOCH FROM k.valid_from - b.observed_at))
            LIMIT 1
        ) AS check_in_date,
        (
            SELECT k.check_in_date
            FROM inventory.package_attributes AS k
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
                -- The older package was there before, so it could have been used.
                AND NOT EXISTS (
                    SELECT
                    FROM inventory.package_change AS c
                    WHERE
                        c.office_id = d.office_id AND c.product_id = d.product_id AND c.package_id = d.other_package_id
                        AND c.observed_at = d.observed_at AND coalesce(c.previous_quantity, 0) <= 0
                )
                THEN d.depletion - coalesce(
                    CASE
                        -- Few packages are ever in two offices.
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
    max(b.observed_at) AS observed_at,
    (SELECT n.name FROM inventory.office AS n WHERE n.office_id = b.office_id) AS office_name,
    (SELECT n.name FROM inventory.product AS n WHERE n.product_id = b.product_id) AS product_name
FROM breach AS b
WHERE b.unexplained > 0
GROUP BY b.business_date, b.office_id, b.product_id, b.other_package_id, b.package_id, b.measurement;

COMMENT ON VIEW mart.fifo_breach IS 'One row per business day, office, product, older package and newer package: the newer package, by date of check-in, was depleted while the older one was in the same office and had been there before. Days are days of observation: a decrease before midnight that was observed after it counts on the next day. Decreases explained by an inferred transfer are excluded; waste and corrections are included. Packages without a date of check-in are ignored. Example: for the number of days on which each product breaks the rule, count(DISTINCT business_date) GROUP BY product_id.';
COMMENT ON COLUMN mart.fifo_breach.business_date IS 'Business day on which the decreases were observed, in the time zone of the office.';
COMMENT ON COLUMN mart.fifo_breach.office_id IS 'Id of the office.';
COMMENT ON COLUMN mart.fifo_breach.product_id IS 'Id of the product.';
COMMENT ON COLUMN mart.fifo_breach.older_package_id IS 'Id of the package with the earlier date of check-in, which was not used.';
COMMENT ON COLUMN mart.fifo_breach.newer_package_id IS 'Id of the package with the later date of check-in, which was depleted.';
COMMENT ON COLUMN mart.fifo_breach.older_quantity IS 'Stock of the older package in the office at the last of the decreases, in measurement. Not additive.';
COMMENT ON COLUMN mart.fifo_breach.newer_depletion IS 'Depletion of the newer package while the older one was there, in measurement. Not additive over older packages: each of them repeats it.';
COMMENT ON COLUMN mart.fifo_breach.measurement IS 'Unit of the quantities: unit, unit_range, weight, weight_range, or another value that the API sends.';
COMMENT ON COLUMN mart.fifo_breach.older_check_in_date IS 'Date of check-in of the older package, as known at the time.';
COMMENT ON COLUMN mart.fifo_breach.newer_check_in_date IS 'Date of check-in of the newer package, as known at the time.';
COMMENT ON COLUMN mart.fifo_breach.observed_at IS 'Time at which the last of the decreases was observed.';
COMMENT ON COLUMN mart.fifo_breach.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.fifo_breach.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
