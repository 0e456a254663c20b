-- Records the offices whose stock was seen, with or without reference data, and the time since when.
INSERT INTO inventory.office AS o (office_id, first_seen_at)
SELECT seen.office_id, min(seen.observed_at)
FROM (
    SELECT s.office_id, s.observed_at FROM staged_item AS s WHERE s.read = %(read)s
    UNION ALL
    SELECT %(office_id)s::bigint, %(first_page_at)s::timestamptz
) AS seen
WHERE seen.office_id IS NOT NULL
GROUP BY seen.office_id
ON CONFLICT (office_id) DO UPDATE SET first_seen_at = least(o.first_seen_at, excluded.first_seen_at)
WHERE least(o.first_seen_at, excluded.first_seen_at) IS DISTINCT FROM o.first_seen_at;
