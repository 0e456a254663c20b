-- Returns the stock of an office at the end of a business day: how each row is known, and its age at that time. A
-- negative age is a pull after the end of the day, within the tolerance.
SELECT
    d.product_id,
    d.product_name,
    d.brand,
    d.category,
    d.quantity,
    d.measurement,
    d.package_count,
    d.basis,
    d.observed_at,
    extract(
        EPOCH FROM ((d.snapshot_date + 1)::timestamp AT TIME ZONE o.time_zone) - d.observed_at
    )::bigint AS age_seconds,
    mart.product_url(d.product_id) AS product_url
FROM mart.inventory_daily AS d
INNER JOIN mart.office AS o ON d.office_id = o.office_id
WHERE
    d.office_id = %(office)s::bigint AND d.snapshot_date = %(day)s::date
    AND (%(search)s::text IS NULL OR strpos(lower(d.product_name), lower(%(search)s)) > 0)
ORDER BY d.category, d.product_name, d.product_id, d.measurement
LIMIT %(limit)s OFFSET %(offset)s;
