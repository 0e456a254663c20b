-- What a batch came to.
SELECT
    (SELECT count(*) FROM touched_package) AS packages,
    (SELECT count(*) FROM package_span AS s WHERE NOT s.is_before) AS versions,
    (SELECT count(*) FROM lab_span AS s WHERE NOT s.is_before) AS lab_versions;
