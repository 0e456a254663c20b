CREATE OR REPLACE VIEW mart.office AS
SELECT
    o.office_id,
    o.name AS office_name,
    inventory.time_zone(o.office_id) AS time_zone,
    o.medical_license,
    o.adult_use_license,
    o.is_listed,
    o.first_seen_at AS first_seen_at,
    greatest(o.observed_at, s.last_seen_at) AS last_seen_at
FROM inventory.office AS o
LEFT JOIN (
    SELECT p.office_id, max(p.last_page_at) AS last_seen_at
    FROM ops.pull AS p
    WHERE p.kind = 'office' AND p.status IN ('complete', 'incomplete')
    GROUP BY p.office_id
) AS s ON o.office_id = s.office_id;

COMMENT ON VIEW mart.office IS 'Dimension: the locations and storages that hold stock, with current names. One row for each office that was ever listed or pulled.';
COMMENT ON COLUMN mart.office.office_id IS 'Id of the office in the API.';
COMMENT ON COLUMN mart.office.office_name IS 'Its current name; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.office.time_zone IS 'IANA name of the time zone of its business days.';
COMMENT ON COLUMN mart.office.medical_license IS 'Its state licence for medical use, by the last reference data; NULL where it has none.';
COMMENT ON COLUMN mart.office.adult_use_license IS 'Its state licence for adult use, by the last reference data; NULL where it has none.';
COMMENT ON COLUMN mart.office.is_listed IS 'Whether the last complete list of offices, or the connection, names it: only then is it pulled.';
COMMENT ON COLUMN mart.office.first_seen_at IS 'When its stock was first pulled; NULL before.';
COMMENT ON COLUMN mart.office.last_seen_at IS 'When it was last pulled, or named by reference data.';
