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
COMMENT ON FUNCTION mart.inventory_as_of(timestamptz) IS
'Stock as of an instant: the last observation of every product of every office at or before it. observed_at is when it was last seen to be so; quantity is in the measurement.';
