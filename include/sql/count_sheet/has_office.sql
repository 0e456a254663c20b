-- Counts the offices with an id: 1 where the warehouse knows it.
SELECT count(*) AS offices
FROM inventory.office AS o
WHERE o.office_id = %(office_id)s;
