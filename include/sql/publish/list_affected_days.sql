-- Published days that a pull may have changed: they rest on observations no older than its first page, or it is a
-- complete pull of the office that could speak for them. A complete pull of changes concerns every office, because it
-- lets all of them be carried.
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
