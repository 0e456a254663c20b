CREATE OR REPLACE VIEW inventory.package_last AS
SELECT v.*
FROM inventory.package_version AS v
WHERE v.valid_to IS NULL
UNION ALL
SELECT v.*
FROM inventory.package_state AS s
INNER JOIN inventory.package_version AS v ON s.package_id = v.package_id AND s.valid_from = v.valid_to
WHERE s.attributes_from IS NULL AND s.valid_to IS NULL;

COMMENT ON VIEW inventory.package_last IS 'One row per package: its last version, also where the API no longer knows the package (then valid_to is not NULL). Columns as in inventory.package_version.';
DO $$
DECLARE
    attribute record;
BEGIN
    FOR attribute IN
        SELECT a.attname, col_description(a.attrelid, a.attnum) AS remark
        FROM pg_attribute AS a
        WHERE a.attrelid = 'inventory.package_version'::regclass AND a.attnum > 0 AND NOT a.attisdropped
    LOOP
        EXECUTE format('COMMENT ON COLUMN inventory.package_last.%I IS %L', attribute.attname, attribute.remark);
    END LOOP;
END;
$$;
