-- What an earlier run has planned and not done is open again.
UPDATE ops.package_need SET is_planned = false
WHERE is_planned;
