-- SECURITY DEFINER, because marts call it and analysts have no rights on the table.
CREATE OR REPLACE FUNCTION ops.setting(setting_name text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
RETURN (SELECT s.value FROM ops.setting AS s WHERE s.name = setting_name);
COMMENT ON FUNCTION ops.setting(text) IS 'Returns the value of a setting as text; NULL where it is not set.';
