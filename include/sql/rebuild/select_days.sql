-- The published days that rest on observations since an instant, or could.
SELECT p.office_id, p.snapshot_date
FROM ops.publication AS p
WHERE p.day_end + ops.setting('snapshot_tolerance')::interval >= %(start_at)s
ORDER BY p.office_id, p.snapshot_date;
