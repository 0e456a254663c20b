-- The sizes of the history of packages.
SELECT count(*), count(DISTINCT package_id), (SELECT count(*) FROM mart.lab_result)
FROM mart.package_history;
