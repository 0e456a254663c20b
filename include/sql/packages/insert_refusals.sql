-- Packages that could not be used.
INSERT INTO ops.quarantine (pull_id, counted, observed_at, product_id, package_id, reason, body)
SELECT r.pull_id, true, r.observed_at, r.product_id, r.package_id, r.reason, r.body
FROM staged_refusal AS r;
