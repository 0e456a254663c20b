-- Computes the changes of products with late-arriving observations: orders all observations since the first of them by
-- time, the row of the change log before it as the baseline, and keeps those that differ from the one before.
WITH baseline AS (
    SELECT
        l.office_id, l.product_id, c.observed_at, c.measurement, c.quantity, c.packages_known,
        c.package_ids, c.package_quantities, c.zero_since, c.was_above_zero
    FROM late_arriving_product AS l
    CROSS JOIN LATERAL (
        SELECT v.*
        FROM inventory.stock_change AS v
        WHERE v.office_id = l.office_id AND v.product_id = l.product_id AND v.observed_at < l.replay_from
        ORDER BY v.observed_at DESC
        LIMIT 1
    ) AS c
),

-- Of two observations in the same second the later pull wins, and of two pages of one pull the later page.
seen AS (
    SELECT DISTINCT ON (o.office_id, o.product_id, o.observed_at) o.*
    FROM observation AS o
    INNER JOIN late_arriving_product AS l ON o.office_id = l.office_id AND o.product_id = l.product_id
    ORDER BY o.office_id, o.product_id, o.observed_at, o.pull_id DESC, o.page DESC
),

sequence AS (
    SELECT s.*, NULL::timestamptz AS zero_since, NULL::boolean AS was_above_zero, false AS is_baseline
    FROM seen AS s
    UNION ALL
    SELECT
        b.office_id, b.product_id, b.observed_at, 0, true, b.measurement, b.quantity, b.packages_known,
        b.package_ids, b.package_quantities, 0, b.zero_since, b.was_above_zero, true
    FROM baseline AS b
),

-- A product cannot be absent before it was first seen.
begun AS (
    SELECT b.*
    FROM (
        SELECT
            s.*,
            count(s.measurement) OVER (PARTITION BY s.office_id, s.product_id ORDER BY s.observed_at) AS measurement_run
        FROM sequence AS s
    ) AS b
    WHERE b.measurement_run > 0
),

-- An absence has no measurement, and the packages of an observation may be unknown: both keep the last known value.
numbered AS (
    SELECT
        b.*,
        count(*) FILTER (WHERE b.packages_known OR b.is_baseline) OVER w AS packages_run,
        count(*) FILTER (WHERE b.quantity <> 0) OVER w AS above_run
    FROM begun AS b
    WINDOW w AS (PARTITION BY b.office_id, b.product_id ORDER BY b.observed_at)
),

filled AS (
    SELECT
        n.office_id, n.product_id, n.observed_at, n.pull_id, n.listed, n.is_baseline, n.quantity, n.packages_known,
        first_value(n.measurement) OVER by_measurement AS measurement,
        CASE WHEN n.packages_run > 0 THEN first_value(n.package_ids) OVER by_packages END AS package_ids,
        CASE WHEN n.packages_run > 0 THEN first_value(n.package_quantities) OVER by_packages END AS package_quantities,
        CASE
            WHEN n.quantity = 0 THEN coalesce(
                first_value(n.zero_since) OVER by_above,
                min(n.observed_at) FILTER (WHERE n.quantity = 0) OVER by_above
            )
        END AS zero_since,
        bool_or(coalesce(n.was_above_zero, n.quantity > 0)) OVER w AS was_above_zero
    FROM numbered AS n
    WINDOW
        w AS (PARTITION BY n.office_id, n.product_id ORDER BY n.observed_at),
        by_measurement AS (PARTITION BY n.office_id, n.product_id, n.measurement_run ORDER BY n.observed_at),
        by_packages AS (PARTITION BY n.office_id, n.product_id, n.packages_run ORDER BY n.observed_at),
        by_above AS (PARTITION BY n.office_id, n.product_id, n.above_run ORDER BY n.observed_at)
),

compared AS (
    SELECT
        f.*,
        lag(true) OVER w AS has_previous,
        lag(f.measurement) OVER w AS previous_measurement,
        lag(f.quantity) OVER w AS before_quantity,
        lag(f.packages_known) OVER w AS before_packages_known,
        lag(f.package_ids) OVER w AS before_package_ids,
        lag(f.package_quantities) OVER w AS before_package_quantities
    FROM filled AS f
    WINDOW w AS (PARTITION BY f.office_id, f.product_id ORDER BY f.observed_at)
)

INSERT INTO change
SELECT
    c.office_id,
    c.product_id,
    c.observed_at,
    c.pull_id,
    c.measurement,
    c.quantity,
    CASE WHEN c.measurement = c.previous_measurement THEN c.before_quantity END,
    CASE
        WHEN c.has_previous IS NULL THEN 'first_seen'
        WHEN NOT c.listed THEN 'absent'
        WHEN c.measurement <> c.previous_measurement THEN 'measurement_changed'
        WHEN c.quantity <> c.before_quantity THEN 'changed'
        ELSE 'packages_changed'
    END,
    c.packages_known,
    c.package_ids,
    c.package_quantities,
    c.before_package_ids,
    c.before_package_quantities,
    c.zero_since,
    c.was_above_zero,
    lead(true) OVER (PARTITION BY c.office_id, c.product_id ORDER BY c.observed_at) IS NULL,
    false
FROM compared AS c
WHERE
    NOT c.is_baseline
    AND (
        c.has_previous IS NULL
        OR c.measurement <> c.previous_measurement
        OR c.quantity <> c.before_quantity
        OR c.packages_known <> c.before_packages_known
        OR c.package_ids IS DISTINCT FROM c.before_package_ids
        OR c.package_quantities IS DISTINCT FROM c.before_package_quantities
    );
