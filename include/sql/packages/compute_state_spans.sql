-- Turns events into versions: each run of equal states of a package is one version, valid until the next run.
WITH compared AS (
    SELECT
        e.*,
        (e.state IS DISTINCT FROM lag(e.state) OVER by_time) AS is_new
    FROM state_event AS e
    WINDOW by_time AS (PARTITION BY e.package_id ORDER BY e.observed_at)
),

numbered AS (
    SELECT
        c.*,
        count(*) FILTER (WHERE c.is_new) OVER (PARTITION BY c.package_id ORDER BY c.observed_at) AS run
    FROM compared AS c
),

span AS (
    SELECT
        n.package_id,
        min(n.observed_at) AS valid_from,
        max(n.observed_at) FILTER (WHERE NOT n.is_baseline) AS seen_until,
        (array_agg(n.pull_id ORDER BY n.observed_at))[1] AS pull_id,
        bool_or(n.is_baseline) AS is_baseline,
        (array_agg(n.state ORDER BY n.observed_at))[1] AS state
    FROM numbered AS n
    GROUP BY n.package_id, n.run
)

INSERT INTO state_span
SELECT
    s.package_id,
    s.valid_from,
    lead(s.valid_from) OVER (PARTITION BY s.package_id ORDER BY s.valid_from) AS valid_to,
    s.seen_until, s.pull_id, s.is_baseline, s.state
FROM span AS s;

ANALYZE state_span (package_id, valid_from, is_baseline);
