-- What an earlier run has planned and not done is open again.
UPDATE ops.package_refresh_queue SET is_planned = false
WHERE is_planned;
