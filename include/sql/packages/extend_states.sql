-- Updates the state before the new observations: it was seen again, or it ends. Where late-arriving observations end it
-- before it was last seen, page presence gives the time at which it was last seen until then.
UPDATE inventory.package_state AS k
SET valid_to = s.valid_to, observed_at = s.observed_at
FROM (
    SELECT
        p.package_id,
        p.valid_from,
        p.valid_to,
        CASE
            WHEN p.seen_until IS NOT NULL THEN p.seen_until
            WHEN b.observed_at < t.replay_from THEN b.observed_at
            ELSE (
                SELECT max(g.observed_at)
                FROM inventory.package_presence AS g
                WHERE
                    g.observed_at >= b.valid_from AND g.observed_at < t.replay_from
                    AND g.package_ids @> ARRAY[b.package_id]
            )
        END AS observed_at
    FROM state_span AS p
    INNER JOIN touched_package AS t ON p.package_id = t.package_id
    INNER JOIN inventory.package_state AS b ON p.package_id = b.package_id AND p.valid_from = b.valid_from
    WHERE p.is_baseline
) AS s
WHERE k.package_id = s.package_id AND k.valid_from = s.valid_from;
