-- The lives of packages and their lab results, answered one by one, by key: what is asked of one vendor or product costs no
-- pass through all that ever was.

-- States of a package follow each other without a gap. The last version is the last state, or, of a package that the API
-- no longer knows, the state that ended when that was seen.
CREATE INDEX package_state_gone ON inventory.package_state (package_id) WHERE is_gone AND valid_to IS NULL;
CREATE OR REPLACE VIEW inventory.package_last AS
SELECT v.*
FROM inventory.package_version AS v
WHERE v.valid_to IS NULL
UNION ALL
SELECT v.*
FROM inventory.package_state AS s
INNER JOIN inventory.package_version AS v ON s.package_id = v.package_id AND s.valid_from = v.valid_to
WHERE s.is_gone AND s.valid_to IS NULL;

-- A package over all offices and products.
CREATE INDEX package_change_by_package ON inventory.package_change (package_id);

CREATE INDEX package_state_by_vendor ON inventory.package_state (vendor) WHERE valid_to IS NULL;
CREATE INDEX lab_version_by_vendor ON inventory.lab_version (vendor);
CREATE INDEX lab_version_by_product ON inventory.lab_version (product_id);

CREATE OR REPLACE VIEW mart.potency_trend AS
WITH
-- A correction takes the place of what it corrects. A result without a test date counts as long as the package has none
-- with one: a date that is told later is that of the same test.
result AS (
    SELECT v.*
    FROM inventory.lab_version AS v
    WHERE
        v.potency IS NOT NULL
        -- One by one, by key: the results of one vendor cost no pass through those of all.
        AND v.valid_from = (
            SELECT max(l.valid_from)
            FROM inventory.lab_version AS l
            WHERE
                l.package_id = v.package_id AND l.analyte_id = v.analyte_id
                AND l.measurement_code IS NOT DISTINCT FROM v.measurement_code
                AND l.tested_date IS NOT DISTINCT FROM v.tested_date
        )
        AND (
            v.tested_date IS NOT NULL
            OR NOT EXISTS (
                SELECT
                FROM inventory.lab_version AS l
                WHERE
                    l.package_id = v.package_id AND l.analyte_id = v.analyte_id
                    AND l.measurement_code IS NOT DISTINCT FROM v.measurement_code
                    AND l.tested_date IS NOT NULL
            )
        )
)

SELECT
    date_trunc('month', r.tested_date::timestamp)::date AS month,
    r.product_id,
    r.vendor,
    r.analyte_id,
    coalesce(a.name, r.analyte_id::text) AS analyte_name,
    u.name AS unit,
    count(DISTINCT r.package_id) AS packages,
    percentile_disc(0.1) WITHIN GROUP (ORDER BY r.potency) AS p10,
    percentile_disc(0.5) WITHIN GROUP (ORDER BY r.potency) AS median,
    percentile_disc(0.9) WITHIN GROUP (ORDER BY r.potency) AS p90,
    r.measurement_code,
    count(*) AS results,
    coalesce(u.is_verified, false) AS unit_is_verified
FROM result AS r
LEFT JOIN inventory.lab_analyte AS a ON r.analyte_id = a.analyte_id
LEFT JOIN inventory.lab_unit AS u ON r.measurement_code = u.measurement_code
GROUP BY
    date_trunc('month', r.tested_date::timestamp), r.product_id, r.vendor, r.analyte_id, r.measurement_code,
    a.name, u.name, u.is_verified;

CREATE OR REPLACE VIEW mart.package_lifecycle AS
WITH zone AS MATERIALIZED (
    SELECT o.office_id, inventory.time_zone(o.office_id) AS name
    FROM inventory.office AS o
)

SELECT
    p.package_id,
    p.product_id,
    p.vendor,
    p.batch_id,
    p.uid,
    p.check_in_date,
    least(d.first_looked_at, l.first_listed_at) AS first_seen_at,
    p.observed_at AS last_seen_at,
    d.depleted_at,
    p.checked_in_quantity,
    CASE WHEN p.valid_to IS NULL THEN p.available_quantity END AS remaining_quantity,
    held.days AS days_held,
    CASE WHEN d.depleted_at IS NOT NULL THEN held.days END AS days_to_deplete,
    p.best_by,
    p.checked_in_unit,
    CASE WHEN p.valid_to IS NULL THEN p.available_unit END AS remaining_unit,
    greatest(d.last_filled_at, l.last_filled_at) AS last_in_stock_at,
    p.valid_to IS NULL AS is_known
FROM inventory.package_last AS p
CROSS JOIN LATERAL (
    SELECT
        min(v.valid_from) AS first_looked_at,
        max(v.valid_from) FILTER (WHERE NOT v.is_empty) AS last_filled_from
    FROM inventory.package_version AS v
    WHERE v.package_id = p.package_id
) AS f
-- A version that holds something ends when the package is first seen to be used up, or unknown to the API. If the last
-- such version has ended, nothing came back since.
LEFT JOIN LATERAL (
    SELECT v.observed_at, v.valid_to
    FROM inventory.package_version AS v
    WHERE v.package_id = p.package_id AND v.valid_from = f.last_filled_from
) AS e ON true
CROSS JOIN LATERAL (
    SELECT
        f.first_looked_at,
        e.observed_at AS last_filled_at,
        CASE WHEN f.last_filled_from IS NULL THEN f.first_looked_at ELSE e.valid_to END AS depleted_at
) AS d
CROSS JOIN LATERAL (
    SELECT
        min(c.observed_at) AS first_listed_at,
        max(c.observed_at) FILTER (
            WHERE c.quantity > 0 AND c.observed_at <= coalesce(d.depleted_at, 'infinity'::timestamptz)
        ) AS last_filled_at
    FROM inventory.package_change AS c
    WHERE c.package_id = p.package_id
) AS l
LEFT JOIN zone AS z ON p.checked_in_to = z.office_id
CROSS JOIN LATERAL (
    SELECT (
        coalesce(d.depleted_at, ops.clock()) AT TIME ZONE coalesce(z.name, (SELECT ops.setting('business_time_zone')))
    )::date - p.check_in_date AS days
) AS held;
