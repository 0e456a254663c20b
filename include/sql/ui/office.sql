-- Returns one row: an office, and when it was last seen.
SELECT
    o.office_id,
    coalesce(o.office_name, 'Office ' || o.office_id) AS office_name,
    o.time_zone,
    o.is_listed,
    f.last_snapshot_at,
    greatest(f.last_snapshot_at, f.last_update_at) AS last_seen_at,
    mart.office_url(o.office_id) AS office_url
FROM mart.office AS o
LEFT JOIN mart.freshness AS f ON o.office_id = f.office_id
WHERE o.office_id = %(office)s::bigint
ORDER BY o.office_id
LIMIT %(limit)s OFFSET %(offset)s;
