-- Updates the state and the lab panel before the new observations: seen again, or ended by a different one. Where
-- late-arriving observations end the state before it was last seen, page presence gives the time at which it was last
-- seen until then.
WITH ended_panel AS (
    UPDATE inventory.lab_panel AS p
    SET valid_to = e.next_panel_at
    FROM package_event AS e
    WHERE
        e.is_baseline AND p.package_id = e.package_id AND p.valid_from = e.panel_from
        AND p.valid_to IS DISTINCT FROM e.next_panel_at
)

UPDATE inventory.package_state AS k
SET valid_to = s.next_state_at, observed_at = s.observed_at
FROM (
    SELECT
        e.package_id,
        b.valid_from,
        e.next_state_at,
        CASE
            WHEN e.seen_until > b.valid_from THEN e.seen_until
            WHEN b.observed_at < t.replay_from THEN b.observed_at
            ELSE (
                SELECT max(g.observed_at)
                FROM inventory.package_presence AS g
                WHERE
                    g.observed_at >= b.valid_from AND g.observed_at < t.replay_from
                    AND g.package_ids @> ARRAY[b.package_id]
            )
        END AS observed_at
    FROM package_event AS e
    INNER JOIN touched_package AS t ON e.package_id = t.package_id
    INNER JOIN inventory.package_state AS b ON e.package_id = b.package_id AND e.observed_at = b.valid_from
    WHERE e.is_baseline
) AS s
WHERE k.package_id = s.package_id AND k.valid_from = s.valid_from;
