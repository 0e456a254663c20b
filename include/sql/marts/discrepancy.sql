-- CTEs are not materialised, so that a filter on an office reads only the stock of that office.
CREATE OR REPLACE VIEW mart.discrepancy AS
WITH stock AS NOT MATERIALIZED (
    SELECT k.*, s.observed_at
    FROM inventory.office AS o
    CROSS JOIN LATERAL inventory.last_seen(o.office_id, 'infinity'::timestamptz) AS s
    INNER JOIN inventory.stock AS k ON o.office_id = k.office_id AND s.product_id = k.product_id
),

-- Packages as listed with the stock of each office.
listed_package AS NOT MATERIALIZED (
    SELECT s.office_id, s.product_id, s.measurement, s.changed_at, s.observed_at, p.package_id, p.quantity
    FROM stock AS s
    CROSS JOIN LATERAL unnest(s.package_ids, s.package_quantities) AS p (package_id, quantity)
    WHERE s.packages_known
),

-- Packages that are compared between offices.
held AS MATERIALIZED (
    SELECT l.*
    FROM listed_package AS l
    WHERE l.quantity > (SELECT ops.threshold('in_two_offices'))
),

-- Packages by their own detail, where the API still knows them and something is left.
package_detail AS NOT MATERIALIZED (
    SELECT v.*
    FROM inventory.package_version AS v
    WHERE v.valid_to IS NULL AND v.available_quantity <> 0
),

discrepancy AS (
    SELECT
        s.office_id,
        s.product_id,
        NULL::bigint AS package_id,
        'packages_add_up' AS rule,
        s.quantity AS expected,
        p.quantity AS actual,
        s.observed_at,
        s.measurement AS unit
    FROM stock AS s
    CROSS JOIN LATERAL (SELECT sum(q.quantity) AS quantity FROM unnest(s.package_quantities) AS q (quantity)) AS p
    WHERE
        s.packages_known
        AND abs(s.quantity - p.quantity)
        > (SELECT ops.threshold('packages_add_up')) * greatest(abs(s.quantity), abs(p.quantity))

    UNION ALL

    SELECT
        NULL,
        t.product_id,
        t.package_id,
        'available_exceeds_checked_in',
        t.checked_in_quantity,
        t.available_quantity,
        t.observed_at,
        t.available_unit
    FROM package_detail AS t
    WHERE
        t.available_unit = t.checked_in_unit
        AND t.available_quantity - t.checked_in_quantity
        > (SELECT ops.threshold('available_exceeds_checked_in')) * abs(t.checked_in_quantity)

    UNION ALL

    SELECT
        s.office_id,
        s.product_id,
        NULL,
        'negative_quantity',
        0,
        s.quantity,
        s.observed_at,
        s.measurement
    FROM stock AS s
    WHERE -s.quantity > (SELECT ops.threshold('negative_quantity'))

    UNION ALL

    SELECT
        l.office_id,
        l.product_id,
        l.package_id,
        'negative_quantity',
        0,
        l.quantity,
        l.observed_at,
        l.measurement
    FROM listed_package AS l
    WHERE -l.quantity > (SELECT ops.threshold('negative_quantity'))

    UNION ALL

    SELECT
        NULL,
        t.product_id,
        t.package_id,
        'negative_quantity',
        0,
        t.available_quantity,
        t.observed_at,
        t.available_unit
    FROM package_detail AS t
    WHERE -t.available_quantity > (SELECT ops.threshold('negative_quantity'))

    UNION ALL

    SELECT
        NULL,
        t.product_id,
        t.package_id,
        'grew_without_check_in',
        b.available_quantity AS expected,
        t.available_quantity AS actual,
        t.observed_at,
        t.available_unit
    FROM package_detail AS t
    -- The last earlier version with another quantity, and the version after it, in which the quantity grew.
    CROSS JOIN LATERAL (
        SELECT v.*
        FROM inventory.package_version AS v
        WHERE
            v.package_id = t.package_id AND v.valid_from < t.valid_from
            AND (v.available_quantity, v.available_unit) IS DISTINCT FROM (t.available_quantity, t.available_unit)
        ORDER BY v.valid_from DESC
        LIMIT 1
    ) AS b
    CROSS JOIN LATERAL (
        SELECT v.*
        FROM inventory.package_version AS v
        WHERE v.package_id = t.package_id AND v.valid_from > b.valid_from
        ORDER BY v.valid_from
        LIMIT 1
    ) AS s
    WHERE
        t.available_unit IS NOT DISTINCT FROM b.available_unit
        AND (s.checked_in_quantity, s.checked_in_unit, s.check_in_date)
        IS NOT DISTINCT FROM (b.checked_in_quantity, b.checked_in_unit, b.check_in_date)
        AND t.available_quantity - b.available_quantity > (SELECT ops.threshold('grew_without_check_in'))

    UNION ALL

    SELECT
        l.office_id,
        l.product_id,
        l.package_id,
        'outside_available_offices',
        0,
        l.quantity,
        least(l.observed_at, t.observed_at),
        l.measurement
    FROM listed_package AS l
    INNER JOIN inventory.package_version AS t ON l.package_id = t.package_id AND t.valid_to IS NULL
    WHERE
        l.quantity > (SELECT ops.threshold('outside_available_offices'))
        AND l.office_id <> ALL(t.available_in_office)
        -- Both were valid at the same time; one observation may only be older than the other.
        AND l.changed_at <= t.observed_at AND t.valid_from <= l.observed_at

    UNION ALL

    SELECT
        a.office_id,
        a.product_id,
        a.package_id,
        'in_two_offices',
        1,
        count(DISTINCT b.office_id) + 1,
        max(least(a.observed_at, b.observed_at)),
        'offices'
    FROM held AS a
    INNER JOIN held AS b ON a.package_id = b.package_id AND a.office_id <> b.office_id
    WHERE a.changed_at <= b.observed_at AND b.changed_at <= a.observed_at
    GROUP BY a.office_id, a.product_id, a.package_id
)

SELECT
    d.*,
    (SELECT n.name FROM inventory.office AS n WHERE n.office_id = d.office_id) AS office_name,
    (SELECT n.name FROM inventory.product AS n WHERE n.product_id = d.product_id) AS product_name
FROM discrepancy AS d;

COMMENT ON VIEW mart.discrepancy IS 'One row per contradiction in the current state, by rule, office, product and package. Each rule has a threshold and can be switched off (setting discrepancy_thresholds). Packages with nothing left are ignored. packages_add_up: the quantity of an item differs from the sum of its packages, where it lists any (reserved stock belongs to no package, so differences up to the threshold, a share, are tolerated). available_exceeds_checked_in: more is left of a package than was checked in. negative_quantity: a quantity is below 0. grew_without_check_in: the last change of the quantity left of a package was an increase without a check-in (for example a customer return). outside_available_offices: an office holds a package that is not available in that office, according to its detail. in_two_offices: two or more offices held the same package at the same time. Two values are compared only where both were observed to be valid at the same time. Example: to rank what to investigate, ORDER BY abs(actual - expected) DESC within one rule and unit.';
COMMENT ON COLUMN mart.discrepancy.office_id IS 'Id of the office; NULL where the row is about a package in all offices.';
COMMENT ON COLUMN mart.discrepancy.product_id IS 'Id of the product.';
COMMENT ON COLUMN mart.discrepancy.package_id IS 'Id of the package; NULL where the row is about a product.';
COMMENT ON COLUMN mart.discrepancy.rule IS 'packages_add_up, available_exceeds_checked_in, negative_quantity, grew_without_check_in, outside_available_offices or in_two_offices.';
COMMENT ON COLUMN mart.discrepancy.expected IS 'Expected value, in unit. In the order of the rules: quantity of the item, quantity checked in, 0, quantity left before, 0, 1 office.';
COMMENT ON COLUMN mart.discrepancy.actual IS 'Actual value, in unit. In the order of the rules: sum of the packages, quantity left, quantity, quantity left, quantity in the office, number of offices. Not additive over rules.';
COMMENT ON COLUMN mart.discrepancy.observed_at IS 'Time at which the contradiction was last observed.';
COMMENT ON COLUMN mart.discrepancy.unit IS 'Unit of expected and actual: a measurement, the unit of the package as the API names it, or offices.';
COMMENT ON COLUMN mart.discrepancy.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.discrepancy.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
