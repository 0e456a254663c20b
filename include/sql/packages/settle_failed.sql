-- Marks rows of the queue whose fetch failed or was incomplete: the next run fetches them after all others. Until then
-- they stay claimed, so that this run does not fetch them again.
UPDATE ops.package_refresh_queue AS n
SET failed_at = ops.clock()
FROM staged_fetch AS l
WHERE n.pull_id = l.pull_id AND n.product_id = l.product_id AND NOT l.is_complete AND NOT l.is_refused;
