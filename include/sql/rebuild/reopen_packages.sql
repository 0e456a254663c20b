-- Reopens the versions that deleted observations had ended, and sets the time at which they were last seen before.
WITH reopened_panels AS (
    UPDATE inventory.lab_panel SET valid_to = NULL
    WHERE valid_to >= %(start_at)s
),

cut AS (
    SELECT k.package_id, k.valid_from, k.observed_at
    FROM inventory.package_state AS k
    WHERE k.valid_from < %(start_at)s AND (k.valid_to IS NULL OR k.valid_to >= %(start_at)s)
),

last_seen AS (
    SELECT item.package_id, max(s.observed_at) AS observed_at
    FROM inventory.package_presence AS s
    CROSS JOIN LATERAL unnest(s.package_ids) AS item (package_id)
    WHERE
        s.observed_at < %(start_at)s
        AND s.observed_at >= (SELECT min(c.valid_from) FROM cut AS c WHERE c.observed_at >= %(start_at)s)
    GROUP BY item.package_id
),

-- A full join hashes or sorts; other joins could become nested loops where statistics are outdated.
reopened AS MATERIALIZED (
    SELECT
        c.package_id,
        c.valid_from,
        CASE
            WHEN c.observed_at >= %(start_at)s AND s.observed_at >= c.valid_from THEN s.observed_at
        END AS observed_at
    FROM cut AS c
    FULL JOIN last_seen AS s ON c.package_id = s.package_id
)

UPDATE inventory.package_state AS k
SET
    valid_to = NULL,
    observed_at = coalesce(c.observed_at, k.observed_at)
FROM reopened AS c
WHERE k.package_id = c.package_id AND k.valid_from = c.valid_from;
