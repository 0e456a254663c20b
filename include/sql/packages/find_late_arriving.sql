-- Finds the packages of a batch, and those with a late-arriving observation: the package was already seen at or after
-- it. ORDER BY with LIMIT reads the last state by key, even if statistics are outdated.
INSERT INTO touched_package
SELECT
    s.package_id,
    s.replay_from,
    coalesce((
        SELECT k.observed_at >= s.replay_from
        FROM inventory.package_state AS k
        WHERE k.package_id = s.package_id
        ORDER BY k.valid_from DESC
        LIMIT 1
    ), false) AS is_late_arriving
FROM (
    SELECT g.package_id, min(g.observed_at) AS replay_from
    FROM staged_package AS g
    GROUP BY g.package_id
) AS s;
