-- Returns the published days that depend, or could depend, on observations since an instant.
SELECT p.office_id, p.snapshot_date
FROM ops.publication AS p
WHERE p.day_end + ops.setting('snapshot_tolerance')::interval >= %(start_at)s
ORDER BY p.office_id, p.snapshot_date;
