-- Years of history, answered while one waits: the first marts once more, so that filters reach their keys. What they take
-- is in docs/performance.md.

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
