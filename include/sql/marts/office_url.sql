CREATE OR REPLACE FUNCTION mart.office_url(office bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN replace(ops.setting('office_url_template'), '{office_id}', office::text);
COMMENT ON FUNCTION mart.office_url(bigint) IS 'Returns the address of an office on the vendor''s screens, from its id; NULL without a template (setting office_url_template).';
