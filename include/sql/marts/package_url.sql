CREATE OR REPLACE FUNCTION mart.package_url(package bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN replace(ops.setting('package_url_template'), '{package_id}', package::text);
COMMENT ON FUNCTION mart.package_url(bigint) IS 'Returns the address of a package on the vendor''s screens, from its id; NULL without a template (setting package_url_template).';
