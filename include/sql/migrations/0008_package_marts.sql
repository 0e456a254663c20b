-- What became of each package, and of its lab results.

INSERT INTO ops.setting (name, value) VALUES
('transfer_window', '24 hours'),
('supply_window_days', '28'),
('expiring_within_days', '90'),
('discrepancy.packages_add_up', '0.02'),
('discrepancy.available_exceeds_checked_in', '0'),
('discrepancy.negative_quantity', '0'),
('discrepancy.grew_without_check_in', '0'),
('discrepancy.outside_available_offices', '0'),
('discrepancy.in_two_offices', '0');

-- A package over all offices and products; packages and results of one vendor, results of one product.
CREATE INDEX package_change_by_package ON inventory.package_change (package_id);
CREATE INDEX package_state_by_vendor ON inventory.package_state (vendor) WHERE valid_to IS NULL;
CREATE INDEX lab_version_by_vendor ON inventory.lab_version (vendor);
CREATE INDEX lab_version_by_product ON inventory.lab_version (product_id);

-- States of a package follow each other without a gap. The last version is the last state, or, of a package that the API
-- no longer knows, the state that ended when that was seen.
CREATE INDEX package_state_gone ON inventory.package_state (package_id) WHERE is_gone AND valid_to IS NULL;
CREATE VIEW inventory.package_last AS
SELECT v.*
FROM inventory.package_version AS v
WHERE v.valid_to IS NULL
UNION ALL
SELECT v.*
FROM inventory.package_state AS s
INNER JOIN inventory.package_version AS v ON s.package_id = v.package_id AND s.valid_from = v.valid_to
WHERE s.is_gone AND s.valid_to IS NULL;
COMMENT ON VIEW inventory.package_last IS 'The last version of each package, also of those that the API no longer knows (valid_to is not NULL). Columns as in inventory.package_version.';
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

-- One by one, by key: what is asked of one package, product or vendor costs no pass through all that ever was.
CREATE VIEW mart.package_lifecycle AS
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

CREATE VIEW mart.potency_trend AS
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

CREATE TABLE inventory.cannabinoid_name (
    spelling text PRIMARY KEY CHECK (spelling ~ '^[a-z0-9]+$'),
    cannabinoid text NOT NULL CHECK (cannabinoid IN ('THC', 'THCA', 'CBD', 'CBDA'))
);
COMMENT ON TABLE inventory.cannabinoid_name IS 'By which names an analyte is taken for delta-9-THC, CBD or one of their acids. Add the spellings of your account.';
COMMENT ON COLUMN inventory.cannabinoid_name.spelling IS 'Name of the analyte in lower case, letters and digits only, the Greek letter as delta.';
COMMENT ON COLUMN inventory.cannabinoid_name.cannabinoid IS 'THC (delta-9-THC), THCA, CBD or CBDA.';
INSERT INTO inventory.cannabinoid_name (spelling, cannabinoid) VALUES
('thc', 'THC'), ('d9thc', 'THC'), ('delta9thc', 'THC'), ('thcd9', 'THC'), ('thcdelta9', 'THC'), ('9thc', 'THC'),
('tetrahydrocannabinol', 'THC'), ('delta9tetrahydrocannabinol', 'THC'), ('d9tetrahydrocannabinol', 'THC'),
('tetrahydrocannabinolthc', 'THC'), ('thctetrahydrocannabinol', 'THC'), ('delta9tetrahydrocannabinolthc', 'THC'),
('thca', 'THCA'), ('thcacid', 'THCA'), ('d9thca', 'THCA'), ('delta9thca', 'THCA'), ('9thca', 'THCA'),
('tetrahydrocannabinolicacid', 'THCA'), ('delta9tetrahydrocannabinolicacid', 'THCA'),
('tetrahydrocannabinolicacidthca', 'THCA'), ('thcatetrahydrocannabinolicacid', 'THCA'),
('cbd', 'CBD'), ('cannabidiol', 'CBD'), ('cannabidiolcbd', 'CBD'), ('cbdcannabidiol', 'CBD'),
('cbda', 'CBDA'), ('cbdacid', 'CBDA'), ('cannabidiolicacid', 'CBDA'), ('cannabidiolicacidcbda', 'CBDA'),
('cbdacannabidiolicacid', 'CBDA');

CREATE VIEW mart.cannabinoid_total AS
WITH named AS (
    SELECT a.analyte_id, n.cannabinoid
    FROM inventory.lab_analyte AS a
    INNER JOIN inventory.cannabinoid_name AS n
        -- Greek capital, Greek small, the sign for a difference; the raised nine.
        ON regexp_replace(
            lower(replace(regexp_replace(a.name, '[Δδ∆]', 'delta', 'g'), '⁹', '9')), '[^a-z0-9]', '', 'g'
        ) = n.spelling
),

measured AS (
    SELECT v.*, n.cannabinoid
    FROM inventory.lab_version AS v
    INNER JOIN named AS n ON v.analyte_id = n.analyte_id
    WHERE v.potency IS NOT NULL AND v.measurement_code IS NOT NULL
),

pair AS (
    SELECT
        n.package_id,
        n.product_id,
        n.uid,
        n.vendor,
        n.batch_id,
        n.tested_date,
        n.cannabinoid,
        n.measurement_code,
        n.potency + 0.877 * a.potency AS total,
        greatest(n.valid_from, a.valid_from) AS valid_from,
        least(n.valid_to, a.valid_to) AS valid_to,
        ARRAY[n.analyte_id, a.analyte_id] AS analyte_ids
    FROM measured AS n
    INNER JOIN measured AS a
        ON
            n.package_id = a.package_id
            AND n.measurement_code = a.measurement_code
            AND n.cannabinoid || 'A' = a.cannabinoid
            AND tstzrange(n.valid_from, n.valid_to) && tstzrange(a.valid_from, a.valid_to)
)

SELECT
    p.package_id,
    p.product_id,
    p.uid,
    p.vendor,
    p.batch_id,
    p.tested_date,
    p.cannabinoid,
    p.measurement_code,
    u.name AS unit,
    p.total,
    p.valid_from,
    p.valid_to,
    p.valid_to IS NULL AS is_current
FROM pair AS p
LEFT JOIN inventory.lab_unit AS u ON p.measurement_code = u.measurement_code
-- Of two analytes that both pass for one of the pair, none is chosen.
WHERE NOT EXISTS (
    SELECT
    FROM measured AS m
    WHERE
        m.package_id = p.package_id
        AND m.measurement_code = p.measurement_code
        AND m.cannabinoid IN (p.cannabinoid, p.cannabinoid || 'A')
        AND m.analyte_id <> ALL(p.analyte_ids)
        AND tstzrange(m.valid_from, m.valid_to) && tstzrange(p.valid_from, p.valid_to)
);

COMMENT ON VIEW mart.package_lifecycle IS 'What became of each package that was ever looked at, as of its last version: when it came, what is left, when it was used up. Used up is what holds nothing, or what the API no longer knows. A package that is missing from the lists of stock only may be on its way between offices: it is not used up. Example: the median days to deplete of a vendor is percentile_disc(0.5) WITHIN GROUP (ORDER BY days_to_deplete).';
COMMENT ON COLUMN mart.package_lifecycle.package_id IS 'Package: one row each.';
COMMENT ON COLUMN mart.package_lifecycle.product_id IS 'Product of the package.';
COMMENT ON COLUMN mart.package_lifecycle.vendor IS 'Vendor.';
COMMENT ON COLUMN mart.package_lifecycle.batch_id IS 'Batch; several packages may have the same.';
COMMENT ON COLUMN mart.package_lifecycle.uid IS 'Tag of the package; it need not be a Metrc tag, and may be NULL.';
COMMENT ON COLUMN mart.package_lifecycle.check_in_date IS 'Day of check-in, as the API tells it.';
COMMENT ON COLUMN mart.package_lifecycle.first_seen_at IS 'When it was first seen, in the stock of an office or by itself.';
COMMENT ON COLUMN mart.package_lifecycle.last_seen_at IS 'When the API last told its detail.';
COMMENT ON COLUMN mart.package_lifecycle.depleted_at IS 'Since when it has been seen used up without interruption; it was used up after last_in_stock_at, and by then. NULL while something is left, or came back.';
COMMENT ON COLUMN mart.package_lifecycle.checked_in_quantity IS 'Quantity at check-in, in checked_in_unit; NULL where the API told none, or several in different units. Additive over packages of one unit.';
COMMENT ON COLUMN mart.package_lifecycle.remaining_quantity IS 'What is left in all offices, in remaining_unit; 0 is nothing, NULL is not known: the API told none, or no longer knows the package. Additive over packages of one unit.';
COMMENT ON COLUMN mart.package_lifecycle.days_held IS 'Business days, of the office of check-in, from check_in_date to the day of depleted_at, or to today. NULL without a check_in_date.';
COMMENT ON COLUMN mart.package_lifecycle.days_to_deplete IS 'days_held of a package that is used up; NULL for others.';
COMMENT ON COLUMN mart.package_lifecycle.best_by IS 'Best-by day.';
COMMENT ON COLUMN mart.package_lifecycle.checked_in_unit IS 'Unit of checked_in_quantity, as the API names it.';
COMMENT ON COLUMN mart.package_lifecycle.remaining_unit IS 'Unit of remaining_quantity, as the API names it.';
COMMENT ON COLUMN mart.package_lifecycle.last_in_stock_at IS 'When it was last seen with something left, at or before depleted_at; NULL if never.';
COMMENT ON COLUMN mart.package_lifecycle.is_known IS 'Whether the API still knew it when it was last asked for.';

COMMENT ON VIEW mart.potency_trend IS 'How potent the packages of a product and vendor were, by month of the test. One value per package, analyte, code and test date: a correction counts in place of what it corrects, a retest in its own month. Potency that was not tested is left out, never zero. The percentiles are values that were measured. Example: the drift of a vendor is median over month WHERE vendor = ''...'' AND analyte_name = ''THCa''. Few packages make a poor percentile: look at packages.';
COMMENT ON COLUMN mart.potency_trend.month IS 'First day of the month of the test date; NULL for results without one.';
COMMENT ON COLUMN mart.potency_trend.product_id IS 'Product of the packages at that time.';
COMMENT ON COLUMN mart.potency_trend.vendor IS 'Vendor of the packages at that time.';
COMMENT ON COLUMN mart.potency_trend.analyte_id IS 'Analyte: a cannabinoid or a terpene.';
COMMENT ON COLUMN mart.potency_trend.analyte_name IS 'Its current name; its id where the reference data names none.';
COMMENT ON COLUMN mart.potency_trend.unit IS 'Unit that the code is taken to mean; NULL where nobody has said. See unit_is_verified.';
COMMENT ON COLUMN mart.potency_trend.packages IS 'Packages with a value. Not additive over months: a package that is tested again counts in both.';
COMMENT ON COLUMN mart.potency_trend.p10 IS 'A tenth of the values are at most this, in the unit. Not additive.';
COMMENT ON COLUMN mart.potency_trend.median IS 'Half of the values are at most this, in the unit. Not additive.';
COMMENT ON COLUMN mart.potency_trend.p90 IS 'Nine tenths of the values are at most this, in the unit. Not additive.';
COMMENT ON COLUMN mart.potency_trend.measurement_code IS 'Code of the unit, as received: values of different codes are never mixed.';
COMMENT ON COLUMN mart.potency_trend.results IS 'Values: more than packages where one was tested more than once in the month.';
COMMENT ON COLUMN mart.potency_trend.unit_is_verified IS 'Whether somebody has compared the unit with the vendor''s screens.';

COMMENT ON VIEW mart.cannabinoid_total IS 'THC total = delta-9-THC + 0.877 x THCa, CBD total = CBD + 0.877 x CBDa: what is left when the acid loses its carbon dioxide, by weight. Only where both were known, tested and of one code at the same time; where two analytes of a package pass for the same cannabinoid, none is chosen and there is no row. Analytes are known by their names: see inventory.cannabinoid_name. Example: the totals of now are WHERE is_current.';
COMMENT ON COLUMN mart.cannabinoid_total.package_id IS 'Package.';
COMMENT ON COLUMN mart.cannabinoid_total.product_id IS 'Product of the package at that time.';
COMMENT ON COLUMN mart.cannabinoid_total.uid IS 'Tag of the package at that time.';
COMMENT ON COLUMN mart.cannabinoid_total.vendor IS 'Vendor of the package at that time.';
COMMENT ON COLUMN mart.cannabinoid_total.batch_id IS 'Batch of the package at that time.';
COMMENT ON COLUMN mart.cannabinoid_total.tested_date IS 'Day of the test.';
COMMENT ON COLUMN mart.cannabinoid_total.cannabinoid IS 'THC or CBD.';
COMMENT ON COLUMN mart.cannabinoid_total.measurement_code IS 'Code of the unit of both, as received.';
COMMENT ON COLUMN mart.cannabinoid_total.unit IS 'Unit that the code is taken to mean; NULL where nobody has said.';
COMMENT ON COLUMN mart.cannabinoid_total.total IS 'The total, in the unit. Not additive over packages, nor over THC and CBD.';
COMMENT ON COLUMN mart.cannabinoid_total.valid_from IS 'When both were first seen.';
COMMENT ON COLUMN mart.cannabinoid_total.valid_to IS 'When something else was seen; NULL while it is the last word.';
COMMENT ON COLUMN mart.cannabinoid_total.is_current IS 'Whether it is the last word.';

COMMENT ON VIEW mart.package_change IS 'Every change of a package in an office that was observed, by the lists of stock. What happened between two looks is not known: 90, then 78, may be one sale or ten, or a sale and a return. absent means that the product no longer lists the package there: it may be used up, or on its way to another office. Reserved stock belongs to no package. An account without package control has no rows here. Example: the life of package 7, wherever it was, is WHERE package_id = 7 ORDER BY observed_at.';
