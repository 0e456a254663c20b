-- Marks the offices of a complete list as listed: only these are pulled from now on.
UPDATE inventory.office AS o
SET
    is_listed = l.is_listed,
    listed_since = CASE WHEN l.is_listed THEN ops.clock() END
FROM (
    SELECT k.office_id, k.office_id IN (SELECT s.id FROM staged_name AS s) AS is_listed
    FROM inventory.office AS k
) AS l
WHERE o.office_id = l.office_id AND o.is_listed <> l.is_listed;
