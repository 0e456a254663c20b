-- Whether a complete pull of an office has landed at or after an instant.
SELECT EXISTS (
    SELECT
    FROM ops.pull AS p
    WHERE
        p.kind = 'office' AND p.office_id = %(office_id)s AND p.status = 'complete'
        AND p.landed_at >= %(instant)s
);
