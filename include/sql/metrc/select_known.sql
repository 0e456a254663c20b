-- Returns true where the detail of any package had been fetched by the time of the export.
SELECT coalesce(min(v.valid_from) <= %(exported_at)s, false) AS is_known
FROM inventory.package_version AS v;
