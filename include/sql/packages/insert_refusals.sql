-- Quarantines packages that could not be used, and fields of packages that were set aside.
INSERT INTO ops.quarantine (pull_id, counted, observed_at, product_id, package_id, field, reason, body)
SELECT r.pull_id, true, r.observed_at, r.product_id, r.package_id, r.field, r.reason, r.body
FROM staged_refusal AS r;
