-- Inserts the reconciliation: the contents of the export, and the offices that it covers.
WITH named AS (
    SELECT s.license
    FROM staged_metrc AS s
    WHERE s.reason IS NULL AND s.license IS NOT NULL
    UNION
    -- The export of a facility without packages has no rows.
    SELECT g.license
    FROM (VALUES (%(license)s::text)) AS g (license)
    WHERE g.license IS NOT NULL AND NOT EXISTS (SELECT FROM staged_metrc AS s WHERE s.reason IS NULL)
),

licensed AS (
    SELECT o.office_id, l.license
    FROM inventory.office AS o
    CROSS JOIN LATERAL (VALUES (upper(o.medical_license)), (upper(o.adult_use_license))) AS l (license)
    WHERE l.license IS NOT NULL
)

INSERT INTO inventory.metrc_reconciliation (
    reconciled_at, exported_at, is_exported_at_given, source, tolerance, row_count, bad_row_count, matched,
    licenses, unknown_licenses, office_ids
)
SELECT
    ops.clock(),
    %(exported_at)s,
    %(is_exported_at_given)s,
    %(source)s,
    %(tolerance)s,
    count(*) FILTER (WHERE s.reason IS NULL),
    count(*) FILTER (WHERE s.reason IS NOT NULL),
    0,
    (SELECT coalesce(array_agg(n.license ORDER BY n.license), '{}') FROM named AS n),
    (
        SELECT coalesce(array_agg(n.license ORDER BY n.license), '{}')
        FROM named AS n
        WHERE n.license NOT IN (SELECT l.license FROM licensed AS l)
    ),
    (
        SELECT array_agg(DISTINCT l.office_id ORDER BY l.office_id)
        FROM licensed AS l
        INNER JOIN named AS n ON l.license = n.license
    )
FROM staged_metrc AS s
RETURNING reconciliation_id;
