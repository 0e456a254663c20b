-- LATERAL joins by key, so that a query about one package, product or vendor does not read all packages.
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
    least(d.first_fetched_at, l.first_listed_at) AS first_seen_at,
    d.last_seen_at,
    d.depleted_at,
    p.checked_in_quantity,
    d.remaining_quantity,
    held.days AS days_held,
    CASE WHEN d.depleted_at IS NOT NULL THEN held.days END AS days_to_deplete,
    p.best_by,
    p.checked_in_unit,
    CASE WHEN d.is_known THEN p.available_unit END AS remaining_unit,
    greatest(d.last_filled_at, l.last_filled_at) AS last_in_stock_at,
    d.is_known,
    n.name AS product_name
FROM inventory.package_attributes AS p
LEFT JOIN inventory.product AS n ON p.product_id = n.product_id
-- States are a chain, so each of these maxima is a field of its last state, or of its last one with stock.
CROSS JOIN LATERAL (
    SELECT
        min(v.valid_from) AS first_fetched_at,
        max(v.observed_at) AS last_seen_at,
        max(v.observed_at) FILTER (WHERE NOT v.is_empty) AS last_filled_at,
        max(coalesce(v.valid_to, 'infinity')) FILTER (WHERE NOT v.is_empty) AS filled_until,
        max(v.available_quantity) FILTER (WHERE v.valid_to IS NULL) AS remaining_quantity,
        bool_or(v.valid_to IS NULL) AS is_known
    FROM (
        SELECT s.*, inventory.is_empty(s.available_quantity, s.available_in_office) AS is_empty
        FROM inventory.package_state AS s
        WHERE s.package_id = p.package_id AND s.attributes_from IS NOT NULL
    ) AS v
    -- One row per package, of its last attributes.
    HAVING max(v.attributes_from) = p.valid_from
) AS f
-- A version with stock ends when the package is first observed as used up, or unknown to the API. If the last such
-- version has ended, nothing came back since.
CROSS JOIN LATERAL (
    SELECT
        f.*,
        CASE
            WHEN f.filled_until IS NULL THEN f.first_fetched_at
            WHEN isfinite(f.filled_until) THEN f.filled_until
        END AS depleted_at
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

COMMENT ON VIEW mart.package_lifecycle IS 'One row per package whose detail was ever fetched, as of its last version: when it came, what is left, and when it was used up. A package is used up when nothing is left of it or the API no longer knows it. A package that is only missing from the stock of offices may be in transit: it is not used up. Example: for the median days to deplete of a vendor, percentile_disc(0.5) WITHIN GROUP (ORDER BY days_to_deplete).';
COMMENT ON COLUMN mart.package_lifecycle.package_id IS 'Id of the package.';
COMMENT ON COLUMN mart.package_lifecycle.product_id IS 'Id of the product of the package.';
COMMENT ON COLUMN mart.package_lifecycle.vendor IS 'Name of the vendor.';
COMMENT ON COLUMN mart.package_lifecycle.batch_id IS 'Id of the batch; several packages may share it.';
COMMENT ON COLUMN mart.package_lifecycle.uid IS 'Tag of the package; it may be NULL, and it may not be a Metrc tag.';
COMMENT ON COLUMN mart.package_lifecycle.check_in_date IS 'Date of check-in, from the API.';
COMMENT ON COLUMN mart.package_lifecycle.first_seen_at IS 'Time at which the package was first seen, in the stock of an office or in its own detail.';
COMMENT ON COLUMN mart.package_lifecycle.last_seen_at IS 'Time at which the API last returned its detail.';
COMMENT ON COLUMN mart.package_lifecycle.depleted_at IS 'Time since which the package has been observed as used up without interruption; it was used up between last_in_stock_at and this. NULL while something is left.';
COMMENT ON COLUMN mart.package_lifecycle.checked_in_quantity IS 'Quantity at check-in, in checked_in_unit; NULL where the API provided none, or several in different units. Additive over packages of one unit.';
COMMENT ON COLUMN mart.package_lifecycle.remaining_quantity IS 'Quantity left in all offices, in remaining_unit; 0 means nothing, NULL means unknown: the API provided none, or no longer knows the package. Additive over packages of one unit.';
COMMENT ON COLUMN mart.package_lifecycle.days_held IS 'Business days from check_in_date to the day of depleted_at, or to today, in the time zone of the office of check-in. NULL without a check_in_date.';
COMMENT ON COLUMN mart.package_lifecycle.days_to_deplete IS 'days_held where the package is used up; NULL otherwise.';
COMMENT ON COLUMN mart.package_lifecycle.best_by IS 'Best-by date.';
COMMENT ON COLUMN mart.package_lifecycle.checked_in_unit IS 'Unit of checked_in_quantity, as the API names it.';
COMMENT ON COLUMN mart.package_lifecycle.remaining_unit IS 'Unit of remaining_quantity, as the API names it.';
COMMENT ON COLUMN mart.package_lifecycle.last_in_stock_at IS 'Time at or before depleted_at at which the package was last seen with something left; NULL if never.';
COMMENT ON COLUMN mart.package_lifecycle.is_known IS 'True where the API still knew the package when it was last fetched.';
COMMENT ON COLUMN mart.package_lifecycle.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
