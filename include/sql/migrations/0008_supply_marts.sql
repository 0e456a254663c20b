-- How fast stock depletes, and what expires before it does.

CREATE VIEW inventory.depletion_rate AS
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

-- A row without a previous quantity starts the product's series: what it did before does not count, nor do those days.
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
    -- Says the same once more, for all offices: so only partitions of these days are looked at.
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
COMMENT ON VIEW inventory.depletion_rate IS 'How much of each product ever seen in each office went down per business day, over the last whole business days. Stock that went down, not sales: transfers and corrections are in it, and days out of stock lower it. What went down on days that are missing is seen after them, and counts, though the days do not.';
COMMENT ON COLUMN inventory.depletion_rate.office_id IS 'Office.';
COMMENT ON COLUMN inventory.depletion_rate.product_id IS 'Product.';
COMMENT ON COLUMN inventory.depletion_rate.measurement IS 'Unit of the quantities: that of now; what went down in another one does not count.';
COMMENT ON COLUMN inventory.depletion_rate.depletion_per_day IS 'depletion / known_days; NULL when no day is known. Additive over offices and products of one measurement.';
COMMENT ON COLUMN inventory.depletion_rate.depletion IS 'Sum of what went down between two observations in the window.';
COMMENT ON COLUMN inventory.depletion_rate.known_days IS 'Business days of the window that were published and are not missing, since the product was first seen in the office, or its measurement changed.';
COMMENT ON COLUMN inventory.depletion_rate.window_days IS 'Business days of the window, which ends with yesterday: the setting supply_window_days.';

CREATE VIEW mart.expiring_stock AS
WITH zone AS MATERIALIZED (
    SELECT
        o.office_id,
        (ops.clock() AT TIME ZONE inventory.time_zone(o.office_id))::date AS today
    FROM inventory.office AS o
),

held AS (
    SELECT
        k.office_id,
        k.product_id,
        k.measurement,
        k.packages_known,
        h.package_id,
        h.quantity,
        p.best_by,
        p.best_by - z.today AS days_left,
        greatest(p.best_by - z.today, 0) AS days_to_use
    FROM inventory.stock AS k
    CROSS JOIN LATERAL unnest(k.package_ids, k.package_quantities) AS h (package_id, quantity)
    INNER JOIN zone AS z ON k.office_id = z.office_id
    -- One by one, by key: what is in stock is little beside all that ever was.
    CROSS JOIN LATERAL (
        SELECT l.best_by
        FROM inventory.package_last AS l
        WHERE l.package_id = h.package_id
        ORDER BY l.valid_from DESC
        LIMIT 1
    ) AS p
    WHERE h.quantity > 0 AND p.best_by IS NOT NULL AND (k.packages_known OR k.quantity > 0)
),

-- By the best-by day of each package, this much of it and of those before it will not have been used.
excess AS (
    SELECT
        h.*,
        r.depletion_per_day,
        sum(h.quantity) OVER (PARTITION BY h.office_id, h.product_id ORDER BY h.best_by, h.package_id)
        - CASE WHEN h.days_to_use = 0 THEN 0 ELSE r.depletion * h.days_to_use / nullif(r.known_days, 0) END AS unused
    FROM held AS h
    LEFT JOIN inventory.depletion_rate AS r ON h.office_id = r.office_id AND h.product_id = r.product_id
),

-- What expires is used no more: the loss of a package is what it adds to the loss before it.
lost AS (
    SELECT
        e.*,
        greatest(
            max(e.unused) OVER (PARTITION BY e.office_id, e.product_id ORDER BY e.best_by, e.package_id), 0
        ) AS loss
    FROM excess AS e
),

risk AS (
    SELECT
        l.*,
        l.loss - lag(l.loss, 1, 0::numeric)
            OVER (PARTITION BY l.office_id, l.product_id ORDER BY l.best_by, l.package_id) AS at_risk_quantity
    FROM lost AS l
)

SELECT
    r.office_id,
    r.product_id,
    r.package_id,
    r.best_by,
    r.days_left,
    r.quantity,
    CASE WHEN r.unused IS NOT NULL THEN r.at_risk_quantity END AS at_risk_quantity,
    r.measurement,
    r.depletion_per_day,
    r.packages_known
FROM risk AS r
WHERE r.days_left <= (SELECT ops.setting('expiring_within_days')::integer);

COMMENT ON VIEW mart.expiring_stock IS 'Packages in stock whose best-by day is over or comes within 90 days (setting expiring_within_days), and how much of each will be left by then: the product depletes in that office as in the last 28 business days (setting supply_window_days), first-expiring first, and what has expired is not used. Packages without a best-by day are taken to be used last. The past rate is no promise. Example: what office 12 stands to lose is sum(at_risk_quantity) WHERE office_id = 12 GROUP BY measurement.';
COMMENT ON COLUMN mart.expiring_stock.office_id IS 'Office.';
COMMENT ON COLUMN mart.expiring_stock.product_id IS 'Product.';
COMMENT ON COLUMN mart.expiring_stock.package_id IS 'Package; a row for each office that holds a part of it.';
COMMENT ON COLUMN mart.expiring_stock.best_by IS 'Best-by day, by its last version.';
COMMENT ON COLUMN mart.expiring_stock.days_left IS 'Days from today, the business day of the office, to it: 0 is today, negative is over.';
COMMENT ON COLUMN mart.expiring_stock.quantity IS 'What the office holds of it, in the measurement. Additive over packages and offices of one measurement.';
COMMENT ON COLUMN mart.expiring_stock.at_risk_quantity IS 'How much of that will not be used by the best-by day, in the measurement; NULL where no rate is known. Additive over packages and offices of one measurement.';
COMMENT ON COLUMN mart.expiring_stock.measurement IS 'Unit of the quantities.';
COMMENT ON COLUMN mart.expiring_stock.depletion_per_day IS 'Rate of the product in the office, in the measurement per business day: what went down, which is not sales. NULL when no day is known.';
COMMENT ON COLUMN mart.expiring_stock.packages_known IS 'Whether the last observation of the product told its packages; if not, the quantity is the last one told.';
