CREATE OR REPLACE VIEW inventory.depletion_rate AS
WITH span AS MATERIALIZED (SELECT w.* FROM inventory.supply_window AS w),

known AS MATERIALIZED (
    SELECT s.office_id, p.day_end
    FROM span AS s
    INNER JOIN ops.publication AS p
        ON s.office_id = p.office_id AND p.snapshot_date BETWEEN s.first_day AND s.last_day
    WHERE p.basis <> 'missing'
),

office_days AS (
    SELECT k.office_id, count(*) AS days
    FROM known AS k
    GROUP BY k.office_id
),

-- A row without a previous quantity starts the series of the product: changes and days before it do not count.
recent AS (
    SELECT
        c.office_id,
        c.product_id,
        c.observed_at < s.end_at AS in_window,
        c.observed_at,
        c.previous_quantity - c.quantity AS went_down,
        max(c.observed_at) FILTER (WHERE c.previous_quantity IS NULL)
            OVER (PARTITION BY c.office_id, c.product_id) AS begun_at
    FROM span AS s
    INNER JOIN inventory.stock_change AS c
        ON s.office_id = c.office_id AND s.start_at <= c.observed_at
    -- Repeats the bound for all offices at once, so that the planner prunes partitions.
    WHERE c.observed_at >= ops.clock() - make_interval(days => ops.setting('supply_window_days')::integer + 2)
),

depleted AS (
    SELECT
        r.office_id,
        r.product_id,
        max(r.begun_at) AS begun_at,
        coalesce(
            sum(r.went_down) FILTER (
                WHERE r.in_window AND r.went_down > 0 AND r.observed_at > coalesce(r.begun_at, '-infinity'::timestamptz)
            ),
            0
        ) AS depletion
    FROM recent AS r
    GROUP BY r.office_id, r.product_id
),

rated AS (
    SELECT
        k.office_id,
        k.product_id,
        k.measurement,
        coalesce(d.depletion, 0) AS depletion,
        CASE
            WHEN d.begun_at IS NULL THEN coalesce(o.days, 0)
            ELSE (SELECT count(*) FROM known AS n WHERE n.office_id = k.office_id AND n.day_end > d.begun_at)
        END AS known_days,
        s.window_days
    FROM inventory.stock AS k
    INNER JOIN span AS s ON k.office_id = s.office_id
    LEFT JOIN office_days AS o ON k.office_id = o.office_id
    LEFT JOIN depleted AS d ON k.office_id = d.office_id AND k.product_id = d.product_id
)

SELECT
    r.office_id,
    r.product_id,
    r.measurement,
    r.depletion / nullif(r.known_days, 0) AS depletion_per_day,
    r.depletion,
    r.known_days,
    r.window_days
FROM rated AS r;

COMMENT ON VIEW inventory.depletion_rate IS 'One row per office and product ever seen in the office: depletion per business day in the window of inventory.supply_window. Depletion is not sales: it includes transfers and corrections, and days without stock lower the rate. What was depleted on missing days is observed after them: it counts, although these days do not.';
COMMENT ON COLUMN inventory.depletion_rate.office_id IS 'Id of the office.';
COMMENT ON COLUMN inventory.depletion_rate.product_id IS 'Id of the product.';
COMMENT ON COLUMN inventory.depletion_rate.measurement IS 'Unit of the quantities: the current measurement; depletion in another measurement is excluded.';
COMMENT ON COLUMN inventory.depletion_rate.depletion_per_day IS 'depletion / known_days, in measurement; NULL where no day is known. Additive over offices and products of one measurement.';
COMMENT ON COLUMN inventory.depletion_rate.depletion IS 'Sum of the decreases between observations in the window, in measurement.';
COMMENT ON COLUMN inventory.depletion_rate.known_days IS 'Number of business days of the window that were published, are not missing, and ended after the product was first seen in the office or its measurement last changed.';
COMMENT ON COLUMN inventory.depletion_rate.window_days IS 'Length of the window in business days (setting supply_window_days); the last one is yesterday.';
