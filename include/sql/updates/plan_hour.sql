-- Returns whether an interval is covered by a complete pull of changes, and the watermark.
SELECT
    count(p.pull_id) > 0 AS is_covered,
    (SELECT w.reached_at FROM ops.watermark AS w WHERE w.stream = 'updated') AS reached_at
FROM ops.pull AS p
WHERE
    p.kind = 'updated' AND p.status = 'complete'
    AND p.since <= %(start_at)s AND p.first_page_at >= %(end_at)s;
