-- Releases the claims of tasks that have ended, finished or killed: the lock of their number is free, or this session's.
UPDATE ops.package_refresh_queue AS n
SET claimed_by = NULL, pull_id = NULL
FROM (
    SELECT c.claimed_by, ops.try_lock('package_task.' || c.claimed_by) AS is_free
    FROM (SELECT DISTINCT q.claimed_by FROM ops.package_refresh_queue AS q WHERE q.claimed_by IS NOT NULL) AS c
) AS task
WHERE n.claimed_by = task.claimed_by AND task.is_free;
