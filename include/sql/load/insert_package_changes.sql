-- Appends to the change log at package grain: the difference between the packages of an item and those before it.
WITH
-- Where a product is first seen in an office, all of its packages are new.
new_product AS (
    SELECT
        c.office_id, c.product_id, unnest(c.package_ids) AS package_id, c.observed_at,
        unnest(c.package_quantities) AS quantity  -- not in FROM, which would store each array before it is read
    FROM change AS c
    WHERE c.is_new
),

known_product AS (
    SELECT c.*, c.previous_package_ids IS NOT NULL AS has_previous
    FROM change AS c
    WHERE NOT c.is_new
),

now_listed AS (
    SELECT c.office_id, c.product_id, c.observed_at, c.has_previous, p.package_id, p.quantity
    FROM known_product AS c
    CROSS JOIN LATERAL unnest(c.package_ids, c.package_quantities) AS p (package_id, quantity)
),

listed_before AS (
    SELECT c.office_id, c.product_id, c.observed_at, c.has_previous, p.package_id, p.quantity
    FROM known_product AS c
    CROSS JOIN LATERAL unnest(c.previous_package_ids, c.previous_package_quantities) AS p (package_id, quantity)
),

difference AS (
    SELECT
        office_id, product_id, observed_at, package_id,
        -- From whichever side lists the package.
        coalesce(n.has_previous, b.has_previous) AS has_previous,
        n.quantity AS listed,
        b.quantity AS before,
        lag(true) OVER (PARTITION BY office_id, product_id, package_id ORDER BY observed_at) AS seen_in_this_load
    FROM now_listed AS n
    FULL JOIN listed_before AS b USING (office_id, product_id, observed_at, package_id)
),

compared AS (
    SELECT
        d.*,
        -- Not listed in the observation before, but in an earlier one: the package comes back from 0.
        coalesce(
            d.before,
            CASE
                WHEN d.seen_in_this_load THEN 0
                WHEN d.has_previous AND EXISTS (
                    SELECT
                    FROM inventory.package_change AS e
                    WHERE
                        e.office_id = d.office_id AND e.product_id = d.product_id
                        AND e.package_id = d.package_id AND e.observed_at < d.observed_at
                ) THEN 0
            END
        ) AS previous_quantity
    FROM difference AS d
)

INSERT INTO inventory.package_change (
    office_id, product_id, package_id, observed_at, quantity, previous_quantity, reason
)
SELECT
    c.office_id,
    c.product_id,
    c.package_id,
    c.observed_at,
    coalesce(c.listed, 0),
    c.previous_quantity,
    CASE WHEN c.previous_quantity IS NULL THEN 'first_seen' WHEN c.listed IS NULL THEN 'absent' ELSE 'changed' END
FROM compared AS c
WHERE c.previous_quantity IS NULL OR c.previous_quantity <> coalesce(c.listed, 0)
UNION ALL
SELECT n.office_id, n.product_id, n.package_id, n.observed_at, n.quantity, NULL, 'first_seen'
FROM new_product AS n;
