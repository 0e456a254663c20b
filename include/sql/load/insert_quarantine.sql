-- Quarantines items and fields that could not be used, of every read. A held-back pull that is now applied has them
-- already.
INSERT INTO ops.quarantine (pull_id, counted, observed_at, office_id, product_id, field, reason, body)
SELECT %(pull_id)s, r.read = %(read)s, r.observed_at, r.office_id, r.product_id, r.field, r.reason, r.body
FROM staged_rejected AS r
WHERE NOT EXISTS (SELECT FROM ops.quarantine AS q WHERE q.pull_id = %(pull_id)s);
