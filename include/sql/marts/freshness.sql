CREATE OR REPLACE VIEW mart.freshness AS
SELECT
    o.office_id,
    s.last_snapshot_at,
    u.last_update_at,
    CASE
        WHEN s.last_snapshot_at IS NOT NULL THEN ops.clock() - greatest(s.last_snapshot_at, u.last_update_at)
    END AS lag,
    o.name AS office_name
FROM inventory.office AS o
CROSS JOIN LATERAL (
    SELECT max(p.first_page_at) AS last_snapshot_at
    FROM ops.pull AS p
    WHERE p.kind = 'office' AND p.office_id = o.office_id AND p.status = 'complete'
) AS s
CROSS JOIN (
    SELECT max(p.first_page_at) AS last_update_at
    FROM ops.pull AS p
    WHERE p.kind = 'updated' AND p.status = 'complete'
) AS u;

COMMENT ON VIEW mart.freshness IS 'One row per office: when its stock was last pulled, and how old that knowledge is now.';
COMMENT ON COLUMN mart.freshness.office_id IS 'Id of the office.';
COMMENT ON COLUMN mart.freshness.last_snapshot_at IS 'Time of the first page of the last complete pull of the office; NULL if there was none.';
COMMENT ON COLUMN mart.freshness.last_update_at IS 'Time of the first page of the last complete pull of changes, which covers all offices; NULL if there was none.';
COMMENT ON COLUMN mart.freshness.lag IS 'Time since the later of the two; NULL for an office without a complete pull, because pulls of changes alone do not show all of its stock.';
COMMENT ON COLUMN mart.freshness.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
