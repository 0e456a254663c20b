-- Locks the offices of a pull, so that loads and publications of an office wait for each other. In the order of ids, so
-- that two loads cannot deadlock.
SELECT ops.lock('office.' || o.office_id)
FROM (
    SELECT %(office_id)s::bigint AS office_id
    UNION
    SELECT DISTINCT s.office_id FROM staged_item AS s
    ORDER BY 1
) AS o
WHERE o.office_id IS NOT NULL;
