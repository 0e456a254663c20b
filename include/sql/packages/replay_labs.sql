-- Lists the lab results of each event of a package. For the baseline and for replayed observations they are those of
-- the versions valid at the time; for new observations they are the fetched ones.
INSERT INTO lab_event
SELECT
    v.package_id, v.analyte_id, v.measurement_code, v.valid_from, v.pull_id, true,
    v.potency, v.tested_date, v.product_id, v.uid, v.vendor, v.batch_id, v.unknown
FROM touched_package AS t
CROSS JOIN LATERAL (
    SELECT k.*
    FROM inventory.lab_version AS k
    WHERE
        k.package_id = t.package_id AND k.valid_from < t.replay_from
        AND (k.valid_to IS NULL OR k.valid_to >= t.replay_from)
    -- This ORDER BY only keeps the planner from reading all results ever stored, once per batch.
    ORDER BY k.valid_from
) AS v
UNION ALL
SELECT
    v.package_id, v.analyte_id, v.measurement_code, e.observed_at, e.pull_id, false,
    v.potency, v.tested_date, v.product_id, v.uid, v.vendor, v.batch_id, v.unknown
FROM state_event AS e
CROSS JOIN LATERAL (
    SELECT k.*
    FROM inventory.lab_version AS k
    WHERE
        k.package_id = e.package_id AND k.valid_from <= e.observed_at
        AND (k.valid_to IS NULL OR k.valid_to > e.observed_at)
    ORDER BY k.valid_from
) AS v
WHERE e.page IS NULL AND NOT e.is_baseline
UNION ALL
SELECT
    r.package_id, r.analyte_id, r.measurement_code, e.observed_at, e.pull_id, false,
    r.potency, s.tested_date, s.product_id, s.uid, s.vendor, s.batch_id, r.unknown
FROM state_event AS e
INNER JOIN staged_package AS s ON e.package_id = s.package_id AND e.pull_id = s.pull_id AND e.page = s.page
INNER JOIN staged_lab_result AS r ON e.package_id = r.package_id AND e.pull_id = r.pull_id AND e.page = r.page;

ANALYZE lab_event (package_id, analyte_id, observed_at, is_baseline);
