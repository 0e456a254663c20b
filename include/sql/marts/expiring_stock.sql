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
    -- By key: packages in stock are few compared with all packages ever seen. The latest attributes of a package are those
    -- of its last version.
    CROSS JOIN LATERAL (
        SELECT a.best_by
        FROM inventory.package_attributes AS a
        WHERE a.package_id = h.package_id
        ORDER BY a.valid_from DESC
        LIMIT 1
    ) AS p
    WHERE h.quantity > 0 AND p.best_by IS NOT NULL AND (k.packages_known OR k.quantity > 0)
),

-- Quantity of the package and those with an earlier best-by date that is still unused on its best-by date.
excess AS (
    SELECT
        h.*,
        r.depletion_per_day,
        sum(h.quantity) OVER (PARTITION BY h.office_id, h.product_id ORDER BY h.best_by, h.package_id)
        - CASE WHEN h.days_to_use = 0 THEN 0 ELSE r.depletion * h.days_to_use / nullif(r.known_days, 0) END AS unused
    FROM held AS h
    LEFT JOIN inventory.depletion_rate AS r ON h.office_id = r.office_id AND h.product_id = r.product_id
),

-- Expired stock is not used: the loss of a package is its addition to the loss before it.
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
    r.packages_known,
    (SELECT n.name FROM inventory.office AS n WHERE n.office_id = r.office_id) AS office_name,
    (SELECT n.name FROM inventory.product AS n WHERE n.product_id = r.product_id) AS product_name
FROM risk AS r
WHERE r.days_left <= (SELECT ops.setting('expiring_within_days')::integer);

COMMENT ON VIEW mart.expiring_stock IS 'One row per office and package in stock whose best-by date has passed or is within 90 days (setting expiring_within_days). at_risk_quantity estimates how much of it will be left on that date: the product is depleted at the rate of mart.days_of_supply (depletion_per_day), the earliest best-by date first, and expired packages are not used. Packages without a best-by date are assumed to be used last. A past rate is not a forecast. Example: for the possible loss of office 12, sum(at_risk_quantity) WHERE office_id = 12 GROUP BY measurement.';
COMMENT ON COLUMN mart.expiring_stock.office_id IS 'Id of the office.';
COMMENT ON COLUMN mart.expiring_stock.product_id IS 'Id of the product.';
COMMENT ON COLUMN mart.expiring_stock.package_id IS 'Id of the package; a package has one row per office that holds a part of it.';
COMMENT ON COLUMN mart.expiring_stock.best_by IS 'Best-by date, from the last version of the package.';
COMMENT ON COLUMN mart.expiring_stock.days_left IS 'Days from today, in the time zone of the office, to best_by: 0 is today, negative is past.';
COMMENT ON COLUMN mart.expiring_stock.quantity IS 'Stock of the package in the office, in measurement. Additive over packages and offices of one measurement.';
COMMENT ON COLUMN mart.expiring_stock.at_risk_quantity IS 'Part of quantity that will not be used by best_by, in measurement; NULL where no rate is known. Additive over packages and offices of one measurement.';
COMMENT ON COLUMN mart.expiring_stock.measurement IS 'Unit of the quantities: unit, unit_range, weight, weight_range, or another value that the API sends.';
COMMENT ON COLUMN mart.expiring_stock.depletion_per_day IS 'Depletion of the product in the office per known business day, in measurement; it is not sales. NULL where no day is known.';
COMMENT ON COLUMN mart.expiring_stock.packages_known IS 'True where the last observation of the product listed its packages; otherwise quantity is from the last observation that did.';
COMMENT ON COLUMN mart.expiring_stock.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.expiring_stock.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
