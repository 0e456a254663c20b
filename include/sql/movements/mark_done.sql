-- Marks the pulls as rolled up, in the order of their ids, and records the time zone that the days of their offices now
-- use.
WITH due_office AS (
    SELECT DISTINCT d.office_id, d.time_zone
    FROM due_movement AS d
),

zoned AS (
    UPDATE inventory.office AS o SET movement_time_zone = d.time_zone
    FROM due_office AS d
    WHERE o.office_id = d.office_id AND o.movement_time_zone IS DISTINCT FROM d.time_zone
),

done AS (
    SELECT p.pull_id
    FROM ops.pull AS p
    INNER JOIN due_pull AS d ON p.pull_id = d.pull_id
    ORDER BY p.pull_id
    FOR UPDATE OF p
)

UPDATE ops.pull AS p SET is_rolled_up = true
FROM done AS d
WHERE p.pull_id = d.pull_id;
