-- Lists the observations of each package in the order of time: the state before the first new one as the baseline,
-- observations already stored since then (only where new ones are late-arriving), and the new ones. Of one second, the
-- later pull wins.
INSERT INTO state_event
SELECT DISTINCT ON (e.package_id, e.observed_at)
    e.package_id, e.observed_at, e.pull_id, e.page, e.is_baseline, e.is_gone, e.state
FROM (
    SELECT
        k.package_id, k.valid_from AS observed_at, k.pull_id, NULL::integer AS page, true AS is_baseline, k.is_gone,
        to_jsonb(k) - '{package_id,valid_from,valid_to,observed_at,pull_id,is_empty}'::text[] AS state
    FROM touched_package AS t
    CROSS JOIN LATERAL (
        SELECT b.*
        FROM inventory.package_state AS b
        WHERE b.package_id = t.package_id AND b.valid_from < t.replay_from
        ORDER BY b.valid_from DESC
        LIMIT 1
    ) AS k
    UNION ALL
    SELECT
        k.package_id, s.observed_at, s.pull_id, NULL, false, k.is_gone,
        to_jsonb(k) - '{package_id,valid_from,valid_to,observed_at,pull_id,is_empty}'::text[]
    -- Page presence is read once, however many packages are replayed. The ORDER BYs only make the planner use the keys.
    FROM (SELECT min(d.replay_from) AS replay_from FROM touched_package AS d WHERE d.is_late_arriving) AS l
    CROSS JOIN LATERAL (
        SELECT g.*
        FROM inventory.package_presence AS g
        WHERE g.observed_at >= l.replay_from
        ORDER BY g.observed_at
    ) AS s
    CROSS JOIN LATERAL unnest(s.package_ids) AS item (package_id)
    CROSS JOIN LATERAL (
        SELECT d.replay_from
        FROM touched_package AS d
        WHERE d.package_id = item.package_id AND d.is_late_arriving
        ORDER BY d.package_id
        LIMIT 1
    ) AS t
    CROSS JOIN LATERAL (
        SELECT b.*
        FROM inventory.package_state AS b
        WHERE b.package_id = item.package_id AND b.valid_from <= s.observed_at
        ORDER BY b.valid_from DESC
        LIMIT 1
    ) AS k
    WHERE t.replay_from <= s.observed_at AND (k.valid_to IS NULL OR k.valid_to > s.observed_at)
    UNION ALL
    SELECT
        n.package_id, n.observed_at, n.pull_id, n.page, false, n.is_gone,
        to_jsonb(n) - '{package_id,observed_at,pull_id,page}'::text[]
    FROM staged_package AS n
) AS e
ORDER BY e.package_id, e.observed_at, e.pull_id DESC, e.page DESC;

ANALYZE state_event (package_id, observed_at, pull_id, page, is_baseline);
