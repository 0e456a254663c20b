-- Little is materialised: so what is asked of one office is looked up for that office alone.
CREATE OR REPLACE VIEW mart.discrepancy AS
WITH stock AS NOT MATERIALIZED (
    SELECT k.*, s.observed_at
    FROM inventory.office AS o
    CROSS JOIN LATERAL inventory.last_seen(o.office_id, 'infinity'::timestamptz) AS s
    INNER JOIN inventory.stock AS k ON o.office_id = k.office_id AND s.product_id = k.product_id
),

-- Packages as the stock of each office tells them.
lying AS NOT MATERIALIZED (
    SELECT s.office_id, s.product_id, s.measurement, s.changed_at, s.observed_at, p.package_id, p.quantity
    FROM stock AS s
    CROSS JOIN LATERAL unnest(s.package_ids, s.package_quantities) AS p (package_id, quantity)
    WHERE s.packages_known
),

-- What is compared office by office.
held AS MATERIALIZED (
    SELECT l.*
    FROM lying AS l
    WHERE l.quantity > (SELECT ops.threshold('in_two_offices'))
),

-- Packages as they tell of themselves, as long as the API knows them and something is left of them.
told AS NOT MATERIALIZED (
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
    FROM told AS t
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
    FROM lying AS l
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
    FROM told AS t
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
    FROM told AS t
    -- The last version before with another quantity, and the one after it: there it grew.
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
    FROM lying AS l
    INNER JOIN inventory.package_version AS t ON l.package_id = t.package_id AND t.valid_to IS NULL
    WHERE
        l.quantity > (SELECT ops.threshold('outside_available_offices'))
        AND l.office_id <> ALL(t.available_in_office)
        -- Both were so at one time: the one may only be older than the other.
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

COMMENT ON VIEW mart.discrepancy IS 'Where the books disagree with themselves, as last known. Each rule has a threshold and can be switched off (setting discrepancy_thresholds). A package of which nothing is left disagrees with nothing. packages_add_up: the quantity of an item is not the sum of its packages, where it tells any (stock that is reserved is of no package: shares up to the threshold pass). available_exceeds_checked_in: more is left of a package than was checked in. negative_quantity: below 0. grew_without_check_in: the last change of what is left of a package was upwards, and nothing was checked in (a customer may have returned it). outside_available_offices: an office holds a package that says it is not available there. in_two_offices: two or more offices held one package at the same time. Two statements are compared only where both were seen to hold at one time. Example: what to look at first is ORDER BY abs(actual - expected) DESC within a rule and a unit.';
COMMENT ON COLUMN mart.discrepancy.office_id IS 'Office; NULL where it is about a package in all offices.';
COMMENT ON COLUMN mart.discrepancy.product_id IS 'Product.';
COMMENT ON COLUMN mart.discrepancy.package_id IS 'Package; NULL where it is about a product.';
COMMENT ON COLUMN mart.discrepancy.rule IS 'packages_add_up, available_exceeds_checked_in, negative_quantity, grew_without_check_in, outside_available_offices or in_two_offices.';
COMMENT ON COLUMN mart.discrepancy.expected IS 'What it should be, in the unit: the quantity of the item, what was checked in, 0, what was left before, 0, or 1 office.';
COMMENT ON COLUMN mart.discrepancy.actual IS 'What it is, in the unit: the sum of the packages, what is left, the quantity, what is left, the quantity in that office, or the number of offices. Not additive over rules.';
COMMENT ON COLUMN mart.discrepancy.observed_at IS 'When it was last seen to be so.';
COMMENT ON COLUMN mart.discrepancy.unit IS 'Unit of expected and actual: a measurement, the unit of the package as the API names it, or offices.';
COMMENT ON COLUMN mart.discrepancy.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.discrepancy.product_name IS 'Current name of the product; NULL until the catalogue names it.';
