-- Counts the packages and new versions of a batch.
SELECT
    (SELECT count(*) FROM touched_package) AS packages,
    (SELECT count(*) FROM state_span AS s WHERE NOT s.is_baseline) AS versions,
    (SELECT count(*) FROM lab_span AS s WHERE NOT s.is_baseline) AS lab_versions;
