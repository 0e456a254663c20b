-- SECURITY INVOKER, which is safe because it reads no table itself: so PostgreSQL can inline it, and a filter on the
-- office applies before the stock of any office is read.
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
COMMENT ON FUNCTION mart.inventory_as_of(timestamptz) IS 'One row per office and product: the stock at an instant, from the last observation at or before it. quantity is in the unit measurement and additive over offices and products of one measurement. observed_at is the time at or before the instant at which that state was last seen.';
