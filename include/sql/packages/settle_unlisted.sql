-- Enqueues by id the packages that a complete list of their product lacks: they are inactive or deleted. Concerned are
-- packages in the queue and packages that were in stock when last seen.
INSERT INTO ops.package_refresh_queue AS n (product_id, package_id, reason, by_id, due_since)
SELECT l.product_id, k.package_id, 'unlisted', true, min(l.observed_at)
FROM staged_fetch AS l
CROSS JOIN LATERAL (
    SELECT w.package_id
    FROM ops.package_refresh_queue AS w
    WHERE w.product_id = l.product_id AND w.package_id IS NOT NULL AND w.pull_id = l.pull_id
    UNION
    SELECT v.package_id
    FROM inventory.package_version AS v
    WHERE v.product_id = l.product_id AND v.valid_to IS NULL AND NOT v.is_empty AND v.observed_at < l.observed_at
) AS k
WHERE
    l.is_complete AND l.package_id IS NULL
    -- The planner hashes NOT IN (subquery) and never turns it into a join.
    AND k.package_id NOT IN (
        SELECT r.package_id
        FROM staged_refusal AS r
        WHERE r.package_id IS NOT NULL AND r.field IS NULL
    )
GROUP BY l.product_id, k.package_id
ON CONFLICT (product_id, package_id) DO UPDATE SET
reason = excluded.reason,
by_id = true,
claimed_by = NULL,
pull_id = NULL;
