-- Returns why items and fields were quarantined, the most frequent reason first: on a day in the zone that is given, or in
-- the last 30 days.
SELECT
    q.reason,
    q.field,
    q.kind,
    count(*) AS quarantined,
    count(DISTINCT q.pull_id) AS pulls,
    count(DISTINCT q.office_id) AS offices,
    min(q.observed_at) AS first_at,
    max(q.observed_at) AS last_at
FROM mart.quarantine AS q
WHERE
    q.observed_at >= coalesce(
        %(day)s::date::timestamp AT TIME ZONE coalesce(%(zone)s::text, 'UTC'),
        %(now)s::timestamptz - interval '30 days'
    )
    AND (
        %(day)s::date IS NULL
        OR q.observed_at < (%(day)s::date + 1)::timestamp AT TIME ZONE coalesce(%(zone)s::text, 'UTC')
    )
    AND (%(office)s::bigint IS NULL OR q.office_id = %(office)s::bigint)
    AND (%(kind)s::text IS NULL OR q.kind = %(kind)s::text)
GROUP BY q.reason, q.field, q.kind
ORDER BY quarantined DESC, q.reason, q.field, q.kind
LIMIT %(limit)s OFFSET %(offset)s;
