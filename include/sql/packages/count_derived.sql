-- Counts the packages and new versions of a batch.
SELECT
    (SELECT count(*) FROM touched_package) AS packages,
    count(*) FILTER (WHERE e.is_new_state) AS versions,
    count(*) FILTER (WHERE e.is_new_panel) AS lab_panels
FROM package_event AS e;
