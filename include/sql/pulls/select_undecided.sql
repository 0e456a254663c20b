-- Returns the held-back pulls that wait for a decision, the latest first. Airflow maps a task over at most 1,024 items.
SELECT p.pull_id
FROM ops.pull AS p
WHERE p.kind = 'office' AND p.status = 'held_back'
ORDER BY p.pull_id DESC
LIMIT 1000;
