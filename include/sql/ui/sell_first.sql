-- Returns the packages in stock of a product or a vendor in the order in which to sell them: the earliest best-by date
-- first, then the earliest check-in; what has no date comes last. A package in several offices has a row for each.
SELECT
    h.package_id,
    h.uid,
    h.product_id,
    h.product_name,
    h.vendor,
    h.batch_id,
    c.office_id,
    coalesce(c.office_name, 'Office ' || c.office_id) AS office_name,
    c.quantity,
    h.measurement,
    h.best_by,
    h.best_by - (%(now)s::timestamptz AT TIME ZONE coalesce(%(zone)s::text, 'UTC'))::date AS days_left,
    h.check_in_date,
    h.packaged_date,
    h.harvest_production_date,
    c.observed_at AS changed_at
FROM mart.package_history AS h
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (p.office_id)
        p.office_id,
        p.office_name,
        p.quantity,
        p.observed_at
    FROM mart.package_change AS p
    WHERE p.package_id = h.package_id
    ORDER BY p.office_id, p.observed_at DESC
) AS c
WHERE
    h.is_current
    AND (h.available_quantity <> 0 OR h.available_quantity IS NULL)
    AND (%(product)s::bigint IS NOT NULL OR %(vendor)s::text IS NOT NULL)
    AND (%(product)s::bigint IS NULL OR h.product_id = %(product)s::bigint)
    AND (%(vendor)s::text IS NULL OR h.vendor = %(vendor)s::text)
    AND (%(office)s::bigint IS NULL OR c.office_id = %(office)s::bigint)
    AND c.quantity > 0
ORDER BY h.best_by NULLS LAST, h.check_in_date NULLS LAST, h.package_id, c.office_id
LIMIT %(limit)s OFFSET %(offset)s;
