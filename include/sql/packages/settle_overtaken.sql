-- Releases rows of the queue that changed after their fetch was planned: the answer may be older than the change.
UPDATE ops.package_refresh_queue AS n
SET claimed_by = NULL
FROM staged_fetch AS l
WHERE n.claimed_by IS NOT NULL AND n.pull_id IS NULL AND n.product_id = l.product_id;
