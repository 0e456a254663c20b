-- Turns lab events into versions: each run of equal results of a package, analyte and code is one version. It ends at
-- the next event with a different result, or at the next event of the package without this analyte.
WITH following AS (
    SELECT
        e.package_id,
        e.observed_at,
        lead(e.observed_at) OVER (PARTITION BY e.package_id ORDER BY e.observed_at) AS next_at
    FROM state_event AS e
    WHERE NOT e.is_baseline
),

result AS (
    SELECT
        l.*,
        jsonb_build_array(
            l.potency, l.tested_date, l.product_id, l.uid, l.vendor, l.batch_id, l.unknown
        ) AS state,
        CASE WHEN l.is_baseline THEN t.replay_from ELSE f.next_at END AS next_at
    FROM lab_event AS l
    INNER JOIN touched_package AS t ON l.package_id = t.package_id
    LEFT JOIN following AS f ON l.package_id = f.package_id AND l.observed_at = f.observed_at
),

compared AS (
    SELECT
        t.*,
        (
            t.state IS DISTINCT FROM lag(t.state) OVER by_time
            OR t.observed_at IS DISTINCT FROM lag(t.next_at) OVER by_time
        ) AS is_new
    FROM result AS t
    WINDOW by_time AS (PARTITION BY t.package_id, t.analyte_id, t.measurement_code ORDER BY t.observed_at)
),

numbered AS (
    SELECT
        c.*,
        count(*) FILTER (WHERE c.is_new) OVER (
            PARTITION BY c.package_id, c.analyte_id, c.measurement_code ORDER BY c.observed_at
        ) AS run
    FROM compared AS c
),

first_of_run AS (
    SELECT
        n.*,
        last_value(n.next_at) OVER (
            PARTITION BY n.package_id, n.analyte_id, n.measurement_code, n.run
            ORDER BY n.observed_at RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING
        ) AS valid_to
    FROM numbered AS n
),

span AS (
    SELECT f.* FROM first_of_run AS f WHERE f.is_new
)

INSERT INTO lab_span
SELECT
    s.package_id, s.analyte_id, s.measurement_code, s.observed_at, s.valid_to, s.pull_id, s.is_baseline,
    CASE
        WHEN lag(s.valid_to) OVER by_time = s.observed_at
            THEN
                CASE
                    WHEN s.potency IS NULL AND lag(s.potency) OVER by_time IS NOT NULL THEN 'disappeared'
                    WHEN (s.tested_date IS DISTINCT FROM lag(s.tested_date) OVER by_time) THEN 'retested'
                    WHEN (s.potency IS DISTINCT FROM lag(s.potency) OVER by_time) THEN 'corrected'
                    ELSE 'relabelled'
                END
        WHEN
            lag(s.valid_to) OVER by_time IS NOT NULL
            OR EXISTS (
                SELECT
                FROM inventory.lab_version AS v
                WHERE
                    v.package_id = s.package_id AND v.analyte_id = s.analyte_id
                    AND v.measurement_code IS NOT DISTINCT FROM s.measurement_code AND v.valid_from < s.observed_at
            )
            THEN 'returned'
        ELSE 'first_seen'
    END,
    s.potency, s.tested_date, s.product_id, s.uid, s.vendor, s.batch_id, s.unknown
FROM span AS s
WINDOW by_time AS (PARTITION BY s.package_id, s.analyte_id, s.measurement_code ORDER BY s.observed_at);

ANALYZE lab_span (package_id, analyte_id, valid_from, is_baseline);
