-- Resets rows of the queue that an earlier run planned and did not finish.
UPDATE ops.package_refresh_queue SET is_planned = false
WHERE is_planned;
