-- Marks rows of the queue whose fetch failed or was incomplete: the next run fetches them after all others.
UPDATE ops.package_refresh_queue AS n
SET failed_at = ops.clock()
FROM staged_fetch AS l
WHERE
    n.is_planned AND NOT l.is_complete AND NOT l.is_refused AND n.product_id = l.product_id
    AND (l.package_id IS NULL OR n.package_id = l.package_id);
