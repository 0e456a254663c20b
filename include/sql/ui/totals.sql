-- Returns one row: what waits for a person, and the last 24 hours.
SELECT
    f.offices,
    f.update_lag_seconds,
    (SELECT count(*) FROM mart.pull AS h WHERE h.status = 'held_back') AS held_back,
    p.incomplete,
    p.quarantined,
    q.packages_due,
    q.oldest_due_seconds
FROM (
    SELECT
        count(*) AS offices,
        extract(EPOCH FROM min(s.lag + (greatest(s.last_snapshot_at, s.last_update_at) - s.last_update_at)))::bigint
        AS update_lag_seconds
    FROM mart.office AS o
    LEFT JOIN mart.freshness AS s ON o.office_id = s.office_id
    WHERE o.is_listed
) AS f
CROSS JOIN (
    SELECT
        count(*) FILTER (WHERE l.status = 'incomplete') AS incomplete,
        coalesce(sum(l.rejected + l.set_aside), 0)::bigint AS quarantined
    FROM mart.pull AS l
    WHERE l.started_at > %(now)s::timestamptz - interval '24 hours'
) AS p
CROSS JOIN (
    SELECT
        coalesce(sum(r.due), 0)::bigint AS packages_due,
        greatest(extract(EPOCH FROM %(now)s::timestamptz - min(r.oldest_due_since)), 0)::bigint AS oldest_due_seconds
    FROM mart.package_refresh_queue AS r
) AS q
ORDER BY f.offices
LIMIT %(limit)s OFFSET %(offset)s;
