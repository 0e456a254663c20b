-- Returns each listed office with the age of what is known of it, the oldest first.
SELECT
    o.office_id,
    o.office_name,
    o.time_zone,
    f.last_snapshot_at,
    f.last_update_at,
    extract(EPOCH FROM f.lag)::bigint AS lag_seconds,
    -- The warehouse's clock is that of the lag.
    extract(EPOCH FROM f.lag + (greatest(f.last_snapshot_at, f.last_update_at) - f.last_snapshot_at))::bigint
    AS snapshot_age_seconds,
    (
        SELECT count(*)
        FROM mart.pull AS p
        WHERE p.office_id = o.office_id AND p.kind = 'office' AND p.status = 'held_back'
    ) AS held_back,
    mart.office_url(o.office_id) AS office_url
FROM mart.office AS o
LEFT JOIN mart.freshness AS f ON o.office_id = f.office_id
WHERE o.is_listed
ORDER BY f.lag DESC NULLS FIRST, o.office_id
LIMIT %(limit)s OFFSET %(offset)s;
