-- What forgotten looks had ended goes on, and was last seen before them.
WITH reopened_results AS (
    UPDATE inventory.lab_version SET valid_to = NULL
    WHERE valid_to >= %(start_at)s
),

cut AS (
    SELECT k.package_id, k.valid_from, k.observed_at
    FROM inventory.package_state AS k
    WHERE k.valid_from < %(start_at)s AND (k.valid_to IS NULL OR k.valid_to >= %(start_at)s)
),

seen_before AS (
    SELECT c.package_id, max(s.observed_at) AS observed_at
    FROM inventory.package_sight AS s
    CROSS JOIN LATERAL unnest(s.package_ids) AS told (package_id)
    INNER JOIN cut AS c ON told.package_id = c.package_id AND s.observed_at >= c.valid_from
    WHERE c.observed_at >= %(start_at)s AND s.observed_at < %(start_at)s
    GROUP BY c.package_id
)

UPDATE inventory.package_state AS k
SET
    valid_to = NULL,
    observed_at = coalesce(s.observed_at, k.observed_at)
FROM cut AS c
LEFT JOIN seen_before AS s ON c.package_id = s.package_id
WHERE k.package_id = c.package_id AND k.valid_from = c.valid_from;
