CREATE OR REPLACE VIEW mart.office AS
SELECT
    o.office_id,
    o.name AS office_name,
    inventory.time_zone(o.office_id) AS time_zone,
    o.medical_license,
    o.adult_use_license,
    o.is_listed,
    o.first_seen_at,
    greatest(o.observed_at, s.last_seen_at) AS last_seen_at
FROM inventory.office AS o
LEFT JOIN (
    SELECT p.office_id, max(p.last_page_at) AS last_seen_at
    FROM ops.pull AS p
    WHERE p.kind = 'office' AND p.status IN ('complete', 'incomplete')
    GROUP BY p.office_id
) AS s ON o.office_id = s.office_id;

COMMENT ON VIEW mart.office IS 'One row per office ever listed or pulled. Dimension: locations and storages that hold stock, with their current names.';
COMMENT ON COLUMN mart.office.office_id IS 'Id of the office.';
COMMENT ON COLUMN mart.office.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.office.time_zone IS 'IANA name of the time zone of the business days of the office.';
COMMENT ON COLUMN mart.office.medical_license IS 'State licence for medical use, from the last reference data; NULL where there is none.';
COMMENT ON COLUMN mart.office.adult_use_license IS 'State licence for adult use, from the last reference data; NULL where there is none.';
COMMENT ON COLUMN mart.office.is_listed IS 'True where the last complete list of offices, or the connection, names the office. Only then it is pulled.';
COMMENT ON COLUMN mart.office.first_seen_at IS 'Time at which its stock was first pulled; NULL before.';
COMMENT ON COLUMN mart.office.last_seen_at IS 'Time at which the office was last pulled or last listed by reference data.';
