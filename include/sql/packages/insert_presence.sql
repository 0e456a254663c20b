-- Inserts the packages that each answer returned.
INSERT INTO inventory.package_presence (observed_at, pull_id, page, package_ids)
SELECT s.observed_at, s.pull_id, s.page, array_agg(s.package_id ORDER BY s.package_id)
FROM staged_package AS s
GROUP BY s.observed_at, s.pull_id, s.page;
