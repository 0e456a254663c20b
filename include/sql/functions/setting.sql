-- Reads with the rights of its owner, because the marts use it and analysts may not read the table.
CREATE OR REPLACE FUNCTION ops.setting(setting_name text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
RETURN (SELECT s.value FROM ops.setting AS s WHERE s.name = setting_name);
COMMENT ON FUNCTION ops.setting(text) IS 'Value of a setting, as text; NULL where it is not set.';
