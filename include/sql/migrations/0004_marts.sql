-- The views and functions that analysts read. Their columns are a promise: added to, never renamed.

CREATE VIEW mart.inventory_daily AS
SELECT
    d.snapshot_date,
    d.office_id,
    o.name AS office_name,
    d.product_id,
    p.name AS product_name,
    b.name AS brand,
    g.name AS category,
    d.measurement,
    d.quantity,
    d.package_count,
    d.package_quantity,
    d.basis,
    d.observed_at
FROM inventory.daily_stock AS d
LEFT JOIN inventory.office AS o ON d.office_id = o.office_id
LEFT JOIN inventory.product AS p ON d.product_id = p.product_id
LEFT JOIN inventory.brand AS b ON p.brand_id = b.brand_id
LEFT JOIN inventory.category AS g ON p.category_id = g.category_id;
COMMENT ON VIEW mart.inventory_daily IS 'Stock of every product in every office at the end of each business day. A day nobody can know has no rows: see mart.coverage.';
COMMENT ON COLUMN mart.inventory_daily.snapshot_date IS 'Business day.';
COMMENT ON COLUMN mart.inventory_daily.office_id IS 'Office.';
COMMENT ON COLUMN mart.inventory_daily.office_name IS 'Its current name; NULL until the reference data told it.';
COMMENT ON COLUMN mart.inventory_daily.product_id IS 'Product.';
COMMENT ON COLUMN mart.inventory_daily.product_name IS 'Its current name; NULL until the reference data told it.';
COMMENT ON COLUMN mart.inventory_daily.brand IS 'Current name of its brand.';
COMMENT ON COLUMN mart.inventory_daily.category IS 'Current name of its category.';
COMMENT ON COLUMN mart.inventory_daily.measurement IS 'Unit of the quantities: unit, unit_range, weight or weight_range. Never add different ones.';
COMMENT ON COLUMN mart.inventory_daily.quantity IS 'Stock at the end of the day. Additive over offices and products of one measurement, never over days.';
COMMENT ON COLUMN mart.inventory_daily.package_count IS 'Packages listed with the product; NULL where the API did not tell.';
COMMENT ON COLUMN mart.inventory_daily.package_quantity IS 'Sum of their quantities, in the measurement; NULL where the API did not tell. It need not equal quantity.';
COMMENT ON COLUMN mart.inventory_daily.basis IS 'observed: seen after the end of the day, within the tolerance; carried_forward: the last observation before the end of the day.';
COMMENT ON COLUMN mart.inventory_daily.observed_at IS 'When the row was last seen to be so; for carried rows, their age is the end of the day minus this.';

CREATE VIEW mart.inventory_current AS
SELECT
    o.office_id,
    o.name AS office_name,
    s.product_id,
    p.name AS product_name,
    s.measurement,
    s.quantity,
    s.package_count,
    s.observed_at,
    s.changed_at
FROM inventory.office AS o
CROSS JOIN LATERAL inventory.state_as_of(o.office_id, 'infinity'::timestamptz) AS s
LEFT JOIN inventory.product AS p ON s.product_id = p.product_id;
COMMENT ON VIEW mart.inventory_current IS 'The last known stock of every product ever seen in every office.';
COMMENT ON COLUMN mart.inventory_current.office_id IS 'Office.';
COMMENT ON COLUMN mart.inventory_current.office_name IS 'Its current name; NULL until the reference data told it.';
COMMENT ON COLUMN mart.inventory_current.product_id IS 'Product.';
COMMENT ON COLUMN mart.inventory_current.product_name IS 'Its current name; NULL until the reference data told it.';
COMMENT ON COLUMN mart.inventory_current.measurement IS 'Unit of the quantity: unit, unit_range, weight or weight_range.';
COMMENT ON COLUMN mart.inventory_current.quantity IS 'Stock. Additive over offices and products of one measurement.';
COMMENT ON COLUMN mart.inventory_current.package_count IS 'Packages listed with the product; NULL where the API did not tell.';
COMMENT ON COLUMN mart.inventory_current.observed_at IS 'When the product was last seen, or proven absent, changed or not.';
COMMENT ON COLUMN mart.inventory_current.changed_at IS 'When its quantity, measurement or packages were last seen to differ from before.';

CREATE VIEW mart.inventory_change AS
SELECT
    c.office_id,
    c.product_id,
    c.observed_at,
    c.measurement,
    c.quantity,
    c.previous_quantity,
    c.reason,
    c.source
FROM inventory.stock_change AS c
WHERE c.previous_quantity IS NULL OR c.quantity <> c.previous_quantity;
COMMENT ON VIEW mart.inventory_change IS 'Every change of a quantity that was observed, at product grain. What happened between two observations is not known.';
COMMENT ON COLUMN mart.inventory_change.office_id IS 'Office.';
COMMENT ON COLUMN mart.inventory_change.product_id IS 'Product.';
COMMENT ON COLUMN mart.inventory_change.observed_at IS 'When the new quantity was first seen.';
COMMENT ON COLUMN mart.inventory_change.measurement IS 'Unit of the quantities: unit, unit_range, weight or weight_range.';
COMMENT ON COLUMN mart.inventory_change.quantity IS 'The new quantity. Not additive over time; quantity - previous_quantity is.';
COMMENT ON COLUMN mart.inventory_change.previous_quantity IS 'The quantity before; NULL at first sight and where the measurement changed.';
COMMENT ON COLUMN mart.inventory_change.reason IS 'first_seen, changed, absent (no longer listed by a complete pull of the office: quantity 0), or measurement_changed.';
COMMENT ON COLUMN mart.inventory_change.source IS 'Kind of the pull that saw it: office, updated or product.';

CREATE VIEW mart.package_change AS
SELECT
    c.office_id,
    c.product_id,
    c.package_id,
    c.observed_at,
    c.quantity,
    c.previous_quantity,
    c.reason
FROM inventory.package_change AS c;
COMMENT ON VIEW mart.package_change IS 'Every change of a package in an office that was observed.';
COMMENT ON COLUMN mart.package_change.office_id IS 'Office.';
COMMENT ON COLUMN mart.package_change.product_id IS 'Product that listed the package.';
COMMENT ON COLUMN mart.package_change.package_id IS 'Package.';
COMMENT ON COLUMN mart.package_change.observed_at IS 'When the new quantity was first seen.';
COMMENT ON COLUMN mart.package_change.quantity IS 'The new quantity, in the measurement of the product; 0 when the package left the office.';
COMMENT ON COLUMN mart.package_change.previous_quantity IS 'The quantity before; NULL at first sight.';
COMMENT ON COLUMN mart.package_change.reason IS 'first_seen, changed, or absent (no longer listed with its product).';

CREATE FUNCTION mart.inventory_as_of(ts timestamptz)
RETURNS TABLE (
    office_id bigint, product_id bigint, measurement text, quantity numeric, observed_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER
BEGIN ATOMIC
SELECT o.office_id, s.product_id, s.measurement, s.quantity, s.observed_at
FROM inventory.office AS o
CROSS JOIN LATERAL inventory.state_as_of(o.office_id, ts) AS s;
END;
COMMENT ON FUNCTION mart.inventory_as_of(timestamptz) IS
'Stock as of an instant: the last observation of every product of every office at or before it. observed_at is when it was last seen to be so; quantity is in the measurement.';

CREATE VIEW mart.coverage AS
WITH day AS (
    SELECT
        o.office_id,
        d.business_date::date AS business_date,
        inventory.business_day_end(o.office_id, d.business_date::date - 1) AS day_start,
        inventory.business_day_end(o.office_id, d.business_date::date) AS day_end
    FROM inventory.office AS o
    -- The first sight may already speak for the day before it.
    CROSS JOIN LATERAL (
        SELECT
            s.first_day,
            CASE
                WHEN inventory.speaking_pull(o.office_id, s.first_day - 1) IS NOT NULL THEN s.first_day - 1
            END AS spoken_for
        FROM (SELECT (o.first_sight_at AT TIME ZONE inventory.time_zone(o.office_id))::date AS first_day) AS s
    ) AS f
    CROSS JOIN LATERAL generate_series(
        coalesce(f.spoken_for, f.first_day)::timestamp,
        (ops.clock() AT TIME ZONE inventory.time_zone(o.office_id))::date::timestamp - interval '1 day',
        interval '1 day'
    ) AS d (business_date)
)

SELECT
    d.business_date,
    d.office_id,
    CASE
        WHEN inventory.speaking_pull(d.office_id, d.business_date) IS NOT NULL THEN 'observed'
        WHEN inventory.is_carried(d.office_id, d.day_end) THEN 'carried_forward'
        ELSE 'missing'
    END AS status,
    p.pulls,
    p.incomplete_pulls,
    h.hours_covered
FROM day AS d
CROSS JOIN LATERAL (
    SELECT
        count(*) AS pulls,
        count(*) FILTER (WHERE l.status = 'incomplete') AS incomplete_pulls
    FROM ops.pull AS l
    WHERE
        l.kind = 'office' AND l.office_id = d.office_id
        AND l.first_page_at >= d.day_end
        AND l.first_page_at <= d.day_end + ops.setting('snapshot_tolerance')::interval
) AS p
CROSS JOIN LATERAL (
    SELECT count(*) AS hours_covered
    FROM generate_series(d.day_start, d.day_end - interval '1 hour', interval '1 hour') AS hour (start_at)
    WHERE EXISTS (
        SELECT
        FROM ops.pull AS u
        WHERE
            u.kind = 'updated' AND u.status = 'complete'
            AND u.since <= hour.start_at AND u.first_page_at >= hour.start_at + interval '1 hour'
    )
) AS h;
COMMENT ON VIEW mart.coverage IS 'What is known of each business day of each office, from its first sight to yesterday, by the pull ledger.';
COMMENT ON COLUMN mart.coverage.business_date IS 'Business day of the office; 23, 24 or 25 hours long.';
COMMENT ON COLUMN mart.coverage.office_id IS 'Office.';
COMMENT ON COLUMN mart.coverage.status IS 'observed, carried_forward, or missing: nobody can know the day, and missing is never zero.';
COMMENT ON COLUMN mart.coverage.pulls IS 'Pulls of the office whose first page came within the tolerance after the end of the day, failed ones left out.';
COMMENT ON COLUMN mart.coverage.incomplete_pulls IS 'How many of them were incomplete.';
COMMENT ON COLUMN mart.coverage.hours_covered IS 'Hours of the day of which no change was missed, though states in between may have been.';

CREATE VIEW mart.freshness AS
SELECT
    o.office_id,
    s.last_snapshot_at,
    u.last_update_at,
    ops.clock() - greatest(s.last_snapshot_at, u.last_update_at) AS lag
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
COMMENT ON VIEW mart.freshness IS 'How old the knowledge of each office is.';
COMMENT ON COLUMN mart.freshness.office_id IS 'Office.';
COMMENT ON COLUMN mart.freshness.last_snapshot_at IS 'First page of the last complete pull of the office.';
COMMENT ON COLUMN mart.freshness.last_update_at IS 'First page of the last complete pull of changes, which speaks for all offices.';
COMMENT ON COLUMN mart.freshness.lag IS 'Time since the later of the two; NULL if the office was never pulled.';

CREATE VIEW ops.publication_check AS
SELECT
    y.snapshot_date,
    o.office_id,
    p.office_id IS NOT NULL AS is_published,
    coalesce(p.row_count, 0) AS row_count,
    coalesce(d.rows_found, 0) AS rows_found,
    coalesce(d.rows_out_of_time, 0) AS rows_out_of_time
FROM (SELECT DISTINCT k.snapshot_date FROM ops.publication AS k) AS y
INNER JOIN inventory.office AS o ON o.is_listed
LEFT JOIN ops.publication AS p ON y.snapshot_date = p.snapshot_date AND o.office_id = p.office_id
LEFT JOIN ops.pull AS l ON p.pull_id = l.pull_id
LEFT JOIN LATERAL (
    SELECT
        count(*) AS rows_found,
        count(*) FILTER (
            WHERE CASE
                WHEN s.basis = 'observed' THEN s.observed_at NOT BETWEEN l.first_page_at AND l.last_page_at
                ELSE s.observed_at > p.rests_until
            END
        ) AS rows_out_of_time
    FROM inventory.daily_stock AS s
    WHERE s.snapshot_date = y.snapshot_date AND s.office_id = o.office_id
) AS d ON true;
COMMENT ON VIEW ops.publication_check IS 'For the checks of inventory_snapshot_daily: what was published for each listed office, and what is there.';
COMMENT ON COLUMN ops.publication_check.snapshot_date IS 'Business day.';
COMMENT ON COLUMN ops.publication_check.office_id IS 'Office that is pulled.';
COMMENT ON COLUMN ops.publication_check.is_published IS 'Whether the day was published for it, be it as missing.';
COMMENT ON COLUMN ops.publication_check.row_count IS 'Rows that were published.';
COMMENT ON COLUMN ops.publication_check.rows_found IS 'Rows that are there.';
COMMENT ON COLUMN ops.publication_check.rows_out_of_time IS 'Rows that claim a time at which they were not seen: must be 0.';
