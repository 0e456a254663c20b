-- A version is read where it ends, in the last panel that has it: so a question about current results reads current
-- panels only. Most packages only ever have one panel, and the panels before it are not searched.
CREATE OR REPLACE VIEW inventory.lab_version AS
SELECT
    r.package_id,
    r.analyte_id,
    r.measurement_code,
    CASE
        WHEN r.is_first THEN r.panel_from
        ELSE coalesce(
            b.panel_to, (SELECT min(p.valid_from) FROM inventory.lab_panel AS p WHERE p.package_id = r.package_id)
        )
    END AS valid_from,
    r.panel_to AS valid_to,
    CASE
        WHEN b.was_known IS NOT true THEN 'first_seen'
        WHEN NOT b.has_result THEN 'returned'
        WHEN r.potency IS NULL AND b.potency IS NOT NULL THEN 'disappeared'
        WHEN (r.tested_date IS DISTINCT FROM b.tested_date) THEN 'retested'
        WHEN (r.potency IS DISTINCT FROM b.potency) THEN 'corrected'
        ELSE 'relabelled'
    END AS event,
    r.potency,
    r.tested_date,
    r.product_id,
    r.uid,
    r.vendor,
    r.batch_id,
    r.unknown
FROM inventory.lab_panel_result AS r
-- The last panel before it without this very result. The version starts with the panel after that one. DISTINCT ON, and
-- not LIMIT, lets the planner drop the join where neither the start nor the event is selected.
LEFT JOIN LATERAL (
    SELECT DISTINCT ON (p.package_id)
        p.package_id,
        p.valid_to AS panel_to,
        o.package_id IS NOT NULL AS has_result,
        o.potency,
        o.tested_date,
        o.package_id IS NOT NULL
        OR EXISTS (
            SELECT
            FROM inventory.lab_panel_result AS e
            WHERE
                e.package_id = p.package_id AND e.panel_from < p.valid_from AND e.analyte_id = r.analyte_id
                AND e.measurement_code IS NOT DISTINCT FROM r.measurement_code
        ) AS was_known
    FROM inventory.lab_panel AS p
    LEFT JOIN inventory.lab_panel_result AS o
        ON
            p.package_id = o.package_id AND p.valid_from = o.panel_from AND r.analyte_id = o.analyte_id
            AND r.measurement_code IS NOT DISTINCT FROM o.measurement_code
    WHERE
        NOT r.is_first AND p.package_id = r.package_id AND p.valid_from < r.panel_from
        AND (o.potency, o.tested_date, o.product_id, o.uid, o.vendor, o.batch_id, o.unknown)
        IS DISTINCT FROM (r.potency, r.tested_date, r.product_id, r.uid, r.vendor, r.batch_id, r.unknown)
    ORDER BY p.package_id, p.valid_from DESC
) AS b ON r.package_id = b.package_id
WHERE
    r.panel_to IS NULL
    OR NOT EXISTS (
        SELECT
        FROM inventory.lab_panel_result AS n
        WHERE
            n.package_id = r.package_id AND n.panel_from = r.panel_to AND n.analyte_id = r.analyte_id
            AND n.measurement_code IS NOT DISTINCT FROM r.measurement_code
            AND (n.potency, n.tested_date, n.product_id, n.uid, n.vendor, n.batch_id, n.unknown)
            IS NOT DISTINCT FROM (r.potency, r.tested_date, r.product_id, r.uid, r.vendor, r.batch_id, r.unknown)
    );

COMMENT ON VIEW inventory.lab_version IS 'One row per package, analyte, measurement code and validity period (SCD type 2): lab results as versions, from the panels.';
COMMENT ON COLUMN inventory.lab_version.package_id IS 'Id of the package.';
COMMENT ON COLUMN inventory.lab_version.analyte_id IS 'Id of the analyte, in inventory.lab_analyte.';
COMMENT ON COLUMN inventory.lab_version.measurement_code IS 'measurement as received: the code of the unit, in inventory.lab_unit.';
COMMENT ON COLUMN inventory.lab_version.valid_from IS 'Time at which the version was first observed.';
COMMENT ON COLUMN inventory.lab_version.valid_to IS 'Time at which a different result, or the package without this analyte, was observed; NULL while the version is current.';
COMMENT ON COLUMN inventory.lab_version.event IS 'How the version differs from the one before: first_seen; disappeared (the potency became NULL); retested (another tested_date); corrected (another potency for the same test); relabelled (another product, uid, vendor, batch or unknown field); returned (there was no result in between).';
COMMENT ON COLUMN inventory.lab_version.potency IS 'Potency in the unit of the code; NULL means not tested, which is not zero.';
COMMENT ON COLUMN inventory.lab_version.tested_date IS 'Date of the lab test.';
COMMENT ON COLUMN inventory.lab_version.product_id IS 'Id of the product of the package in this period.';
COMMENT ON COLUMN inventory.lab_version.uid IS 'Tag of the package in this period.';
COMMENT ON COLUMN inventory.lab_version.vendor IS 'Vendor of the package in this period.';
COMMENT ON COLUMN inventory.lab_version.batch_id IS 'Batch of the package in this period.';
COMMENT ON COLUMN inventory.lab_version.unknown IS 'Fields of the result that the vendor''s API guide does not document, as received; NULL where there are none.';
