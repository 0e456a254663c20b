CREATE OR REPLACE FUNCTION inventory.is_empty(available_quantity numeric, available_in_office bigint[]) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN coalesce(available_quantity <= 0, available_in_office = '{}', false);
COMMENT ON FUNCTION inventory.is_empty(numeric, bigint[]) IS 'Returns true where nothing is left of a package: its quantity is not above 0 or, where it is NULL, no office has the package.';
