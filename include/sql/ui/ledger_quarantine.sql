-- Returns quarantined items and fields, the latest first, of a pull, an office, a kind of pull, a reason or a day: the day
-- on which they were received, in the zone that is given.
SELECT
    q.quarantine_id,
    q.pull_id,
    q.kind,
    q.office_id,
    q.office_name,
    q.product_id,
    q.product_name,
    q.package_id,
    q.field,
    q.reason,
    q.body,
    q.observed_at,
    q.counted
FROM mart.quarantine AS q
WHERE
    (%(pull)s::bigint IS NULL OR q.pull_id = %(pull)s::bigint)
    AND (%(office)s::bigint IS NULL OR q.office_id = %(office)s::bigint)
    AND (%(kind)s::text IS NULL OR q.kind = %(kind)s::text)
    AND (%(reason)s::text IS NULL OR q.reason = %(reason)s::text)
    AND (
        %(day)s::date IS NULL
        OR (
            q.observed_at >= %(day)s::date::timestamp AT TIME ZONE coalesce(%(zone)s::text, 'UTC')
            AND q.observed_at < (%(day)s::date + 1)::timestamp AT TIME ZONE coalesce(%(zone)s::text, 'UTC')
        )
    )
ORDER BY q.observed_at DESC, q.quarantine_id DESC
LIMIT %(limit)s OFFSET %(offset)s;
