-- Years of history, answered while one waits: views whose filters reach the indexes, and the indexes that they need.
-- What each of them takes is in docs/performance.md.

-- The key of inventory.daily_stock is in the order in which days are published: writing appends. A product over all days
-- is then one look by key for each published day of each office, and the ledger of publications knows which these are.
CREATE OR REPLACE VIEW mart.inventory_daily AS
SELECT
    d.snapshot_date,
    d.office_id,
    o.name AS office_name,
    d.product_id,
    p.name AS product_name,
    b.name AS brand,
    g.name AS category,
    d.measurement,
    d.quantity,
    d.package_count,
    d.package_quantity,
    d.basis,
    d.observed_at
FROM inventory.daily_stock AS d
INNER JOIN ops.publication AS k ON d.snapshot_date = k.snapshot_date AND d.office_id = k.office_id
LEFT JOIN inventory.office AS o ON d.office_id = o.office_id
LEFT JOIN inventory.product AS p ON d.product_id = p.product_id
LEFT JOIN inventory.brand AS b ON p.brand_id = b.brand_id
LEFT JOIN inventory.category AS g ON p.category_id = g.category_id;

CREATE OR REPLACE VIEW mart.stockout_day AS
SELECT
    d.snapshot_date AS business_date,
    d.office_id,
    d.product_id,
    d.measurement,
    d.quantity,
    d.basis
FROM inventory.daily_stock AS d
INNER JOIN ops.publication AS k ON d.snapshot_date = k.snapshot_date AND d.office_id = k.office_id
WHERE d.quantity <= 0;

-- Likewise for what has the office first in its key: one look for each office.
CREATE OR REPLACE VIEW mart.inventory_change AS
SELECT
    c.office_id,
    c.product_id,
    c.observed_at,
    c.measurement,
    c.quantity,
    c.previous_quantity,
    c.reason,
    c.source
FROM inventory.stock_change AS c
INNER JOIN inventory.office AS o ON c.office_id = o.office_id
WHERE c.previous_quantity IS NULL OR c.quantity <> c.previous_quantity;

CREATE OR REPLACE VIEW mart.stock_movement_daily AS
SELECT
    m.business_date,
    m.office_id,
    m.product_id,
    m.measurement,
    m.opening,
    m.increase,
    m.depletion,
    m.closing,
    o.name AS office_name,
    p.name AS product_name,
    b.name AS brand,
    g.name AS category
FROM inventory.daily_movement AS m
INNER JOIN inventory.office AS o ON m.office_id = o.office_id
LEFT JOIN inventory.product AS p ON m.product_id = p.product_id
LEFT JOIN inventory.brand AS b ON p.brand_id = b.brand_id
LEFT JOIN inventory.category AS g ON p.category_id = g.category_id;
COMMENT ON COLUMN mart.stock_movement_daily.office_name IS 'Current name of the office.';
COMMENT ON COLUMN mart.stock_movement_daily.product_name IS 'Current name of the product; NULL until the catalogue names it.';
COMMENT ON COLUMN mart.stock_movement_daily.brand IS 'Current brand of the product.';
COMMENT ON COLUMN mart.stock_movement_daily.category IS 'Current category of the product.';

CREATE FUNCTION inventory.office_ids() RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 20
BEGIN ATOMIC
SELECT o.office_id FROM inventory.office AS o;
END;
COMMENT ON FUNCTION inventory.office_ids() IS 'The ids of all offices.';

-- With the rights of its caller, who reads no table here: so it becomes part of the query that asks it, and what that says
-- of the office is known before the stock of any is looked up.
CREATE OR REPLACE FUNCTION mart.inventory_as_of(ts timestamptz)
RETURNS TABLE (
    office_id bigint, product_id bigint, measurement text, quantity numeric, observed_at timestamptz
)
LANGUAGE sql STABLE SECURITY INVOKER
BEGIN ATOMIC
SELECT o.office_id, s.product_id, s.measurement, s.quantity, s.observed_at
FROM inventory.office_ids() AS o (office_id)
CROSS JOIN LATERAL inventory.state_as_of(o.office_id, ts) AS s;
END;

CREATE OR REPLACE VIEW mart.expiring_stock AS
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
