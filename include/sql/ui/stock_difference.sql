-- Returns the stock of an office, or of a product in all offices, as of two instants, and the difference. A product that
-- was not known at an instant is unknown then, not zero. Quantities of different measurements have no difference.
WITH later AS (
    SELECT a.*
    FROM mart.inventory_as_of(%(at)s::timestamptz) AS a
    WHERE
        (%(office)s::bigint IS NOT NULL OR %(product)s::bigint IS NOT NULL)
        AND (%(office)s::bigint IS NULL OR a.office_id = %(office)s::bigint)
        AND (%(product)s::bigint IS NULL OR a.product_id = %(product)s::bigint)
),

earlier AS (
    SELECT a.*
    FROM mart.inventory_as_of(%(since)s::timestamptz) AS a
    WHERE
        (%(office)s::bigint IS NOT NULL OR %(product)s::bigint IS NOT NULL)
        AND (%(office)s::bigint IS NULL OR a.office_id = %(office)s::bigint)
        AND (%(product)s::bigint IS NULL OR a.product_id = %(product)s::bigint)
),

both_times AS (
    SELECT
        coalesce(l.office_id, e.office_id) AS office_id,
        coalesce(l.product_id, e.product_id) AS product_id,
        e.quantity AS quantity_since,
        e.measurement AS measurement_since,
        e.observed_at AS seen_since,
        l.quantity AS quantity_at,
        l.measurement AS measurement_at,
        l.observed_at AS seen_at,
        CASE
            WHEN coalesce(l.measurement, '') = coalesce(e.measurement, '') THEN l.quantity - e.quantity
        END AS difference
    FROM later AS l
    FULL JOIN earlier AS e ON l.office_id = e.office_id AND l.product_id = e.product_id
)

SELECT
    b.office_id,
    coalesce(o.office_name, 'Office ' || b.office_id) AS office_name,
    b.product_id,
    coalesce(p.product_name, 'Product ' || b.product_id) AS product_name,
    p.category,
    b.quantity_since,
    b.measurement_since,
    b.quantity_at,
    b.measurement_at,
    b.difference,
    b.seen_since,
    b.seen_at
FROM both_times AS b
LEFT JOIN mart.office AS o ON b.office_id = o.office_id
LEFT JOIN mart.product AS p ON b.product_id = p.product_id
WHERE %(kind)s::text IS DISTINCT FROM 'changed' OR b.difference IS DISTINCT FROM 0
ORDER BY b.measurement_at, b.difference NULLS LAST, product_name, b.product_id, b.office_id
LIMIT %(limit)s OFFSET %(offset)s;
