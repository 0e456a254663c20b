-- The last published business day by office.
SELECT
    snapshot_date, office_name, basis, count(*) AS products, sum(package_count) AS packages,
    max(observed_at) AS observed_at
FROM mart.inventory_daily
WHERE snapshot_date = (SELECT max(d.snapshot_date) FROM mart.inventory_daily AS d)
GROUP BY snapshot_date, office_id, office_name, basis
ORDER BY office_id;
