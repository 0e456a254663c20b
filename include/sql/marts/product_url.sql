CREATE OR REPLACE FUNCTION mart.product_url(product bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN replace(ops.setting('product_url_template'), '{product_id}', product::text);
COMMENT ON FUNCTION mart.product_url(bigint) IS 'Returns the address of a product on the vendor''s screens, from its id; NULL without a template (setting product_url_template).';
