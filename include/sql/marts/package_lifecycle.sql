-- One by one, by key: what is asked of one package, product or vendor costs no pass through all that ever was.
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
    p.valid_to IS NULL AS is_known,
    n.name AS product_name
FROM inventory.package_last AS p
LEFT JOIN inventory.product AS n ON p.product_id = n.product_id
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
COMMENT ON COLUMN mart.package_lifecycle.product_name IS 'Current name of the product; NULL until the catalogue names it.';
