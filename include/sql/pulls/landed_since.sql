-- Counts the complete pulls of an office that were committed at or after an instant.
SELECT count(*) AS pulls
FROM ops.pull AS p
WHERE
    p.kind = 'office' AND p.office_id = %(office_id)s AND p.status = 'complete'
    AND p.landed_at >= %(instant)s;
