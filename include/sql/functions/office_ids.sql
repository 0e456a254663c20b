CREATE OR REPLACE FUNCTION inventory.office_ids() RETURNS SETOF bigint
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 20
BEGIN ATOMIC
SELECT o.office_id FROM inventory.office AS o;
END;
COMMENT ON FUNCTION inventory.office_ids() IS 'Returns the ids of all offices.';
