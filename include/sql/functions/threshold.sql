CREATE OR REPLACE FUNCTION ops.threshold(rule text) RETURNS numeric
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
RETURN nullif(ops.setting('discrepancy.' || rule), 'off')::numeric;
COMMENT ON FUNCTION ops.threshold(text) IS 'Returns the threshold of a rule of mart.discrepancy; NULL where the rule is switched off, because no value exceeds NULL.';
