-- Lists the published days that a pull may affect: they depend on observations at or after its first page, or it is a
-- complete pull that may be their closing pull. A complete pull of changes affects every office, because observations
-- of all offices may then be carried forward.
SELECT p.office_id, p.snapshot_date
FROM ops.publication AS p
INNER JOIN ops.pull AS l ON l.pull_id = %(pull_id)s
WHERE
    (p.office_id = ANY(%(office_ids)s) OR (l.kind = 'updated' AND l.status = 'complete'))
    AND (
        p.depends_until >= l.first_page_at
        OR (
            l.kind = 'office' AND l.status = 'complete' AND p.basis <> 'observed'
            AND l.first_page_at BETWEEN p.day_end AND p.day_end + ops.setting('snapshot_tolerance')::interval
        )
    )
ORDER BY p.office_id, p.snapshot_date;
