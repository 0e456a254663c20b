CREATE OR REPLACE VIEW inventory.depletion_rate AS
WITH span AS MATERIALIZED (
    SELECT
        o.office_id,
        t.today - w.days AS first_day,
        t.today - 1 AS last_day,
        inventory.business_day_end(o.office_id, t.today - w.days - 1) AS start_at,
        inventory.business_day_end(o.office_id, t.today - 1) AS end_at,
        w.days AS window_days
    FROM inventory.office AS o
    CROSS JOIN (SELECT ops.setting('supply_window_days')::integer AS days) AS w
    CROSS JOIN LATERAL (
        SELECT (ops.clock() AT TIME ZONE inventory.time_zone(o.office_id))::date AS today
    ) AS t
),

known AS MATERIALIZED (
    SELECT s.office_id, inventory.business_day_end(s.office_id, p.snapshot_date - 1) AS day_start, p.day_end
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

-- A row without a previous quantity starts the product's series: what it did before does not count, nor do those days.
recent AS (
    SELECT
        c.office_id,
        c.product_id,
        c.observed_at < s.end_at AS in_window,
        c.observed_at,
        c.quantity,
        c.previous_quantity,
        lag(c.observed_at) OVER w AS before_at,
        min(c.observed_at) FILTER (WHERE c.quantity > 0)
            OVER (w ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS next_filled_at,
        c.previous_quantity - c.quantity AS went_down,
        max(c.observed_at) FILTER (WHERE c.previous_quantity IS NULL)
            OVER (PARTITION BY c.office_id, c.product_id) AS begun_at
    FROM span AS s
    INNER JOIN inventory.stock_change AS c
        ON s.office_id = c.office_id AND s.start_at <= c.observed_at
    -- Says the same once more, for all offices: so only partitions of these days are looked at.
    WHERE c.observed_at >= ops.clock() - make_interval(days => ops.setting('supply_window_days')::integer + 2)
    WINDOW w AS (PARTITION BY c.office_id, c.product_id ORDER BY c.observed_at)
),

-- From when to when nothing was left.
empty AS (
    SELECT r.office_id, r.product_id, r.begun_at, r.observed_at AS start_at, r.next_filled_at AS end_at
    FROM recent AS r
    WHERE r.quantity <= 0 AND coalesce(r.previous_quantity, 1) > 0
    UNION ALL
    SELECT
        r.office_id, r.product_id, r.begun_at, '-infinity'::timestamptz,
        CASE WHEN r.quantity > 0 THEN r.observed_at ELSE r.next_filled_at END
    FROM recent AS r
    WHERE r.before_at IS NULL AND r.previous_quantity <= 0
),

empty_days AS (
    SELECT e.office_id, e.product_id, count(*) AS days
    FROM empty AS e
    INNER JOIN known AS n
        ON
            e.office_id = n.office_id
            AND e.start_at <= n.day_start
            AND n.day_end <= coalesce(e.end_at, 'infinity'::timestamptz)
            AND n.day_end > coalesce(e.begun_at, '-infinity'::timestamptz)
    GROUP BY e.office_id, e.product_id
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
        CASE WHEN d.product_id IS NULL AND k.quantity <= 0 THEN coalesce(o.days, 0) ELSE coalesce(e.days, 0) END
            AS empty_days,
        s.window_days
    FROM inventory.stock AS k
    INNER JOIN span AS s ON k.office_id = s.office_id
    LEFT JOIN office_days AS o ON k.office_id = o.office_id
    LEFT JOIN depleted AS d ON k.office_id = d.office_id AND k.product_id = d.product_id
    LEFT JOIN empty_days AS e ON k.office_id = e.office_id AND k.product_id = e.product_id
)

SELECT
    r.office_id,
    r.product_id,
    r.measurement,
    r.depletion / nullif(r.known_days, 0) AS depletion_per_day,
    r.depletion,
    r.known_days,
    r.window_days,
    r.known_days - r.empty_days AS days_in_stock
FROM rated AS r;

COMMENT ON VIEW inventory.depletion_rate IS 'How much of each product ever seen in each office went down per business day, over the last whole business days. Stock that went down, not sales: transfers and corrections are in it, and days out of stock lower it. What went down on days that are missing is seen after them, and counts, though the days do not.';
COMMENT ON COLUMN inventory.depletion_rate.office_id IS 'Office.';
COMMENT ON COLUMN inventory.depletion_rate.product_id IS 'Product.';
COMMENT ON COLUMN inventory.depletion_rate.measurement IS 'Unit of the quantities: that of now; what went down in another one does not count.';
COMMENT ON COLUMN inventory.depletion_rate.depletion_per_day IS 'depletion / known_days; NULL when no day is known. Additive over offices and products of one measurement.';
COMMENT ON COLUMN inventory.depletion_rate.depletion IS 'Sum of what went down between two observations in the window.';
COMMENT ON COLUMN inventory.depletion_rate.known_days IS 'Business days of the window that were published and are not missing, since the product was first seen in the office, or its measurement changed.';
COMMENT ON COLUMN inventory.depletion_rate.window_days IS 'Business days of the window, which ends with yesterday: the setting supply_window_days.';
COMMENT ON COLUMN inventory.depletion_rate.days_in_stock IS 'Those of the known days on which the office had some of the product, if only for a part of the day.';
