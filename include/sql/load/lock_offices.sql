-- Makes two loads of an office queue up until the end of the transaction; in the order of ids, so that none waits in a circle.
SELECT pg_advisory_xact_lock(hashtextextended('indicaonline.office.' || o.office_id, 0))
FROM (
    SELECT %(office_id)s::bigint AS office_id
    UNION
    SELECT DISTINCT s.office_id FROM staged_item AS s
    ORDER BY 1
) AS o
WHERE o.office_id IS NOT NULL;
