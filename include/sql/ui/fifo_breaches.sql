-- Returns breaches of FIFO from a business day on, the latest first: days on which a newer package was depleted while an
-- older one, by date of check-in, was in the same office.
SELECT
    b.business_date,
    b.office_id,
    coalesce(b.office_name, 'Office ' || b.office_id) AS office_name,
    b.product_id,
    coalesce(b.product_name, 'Product ' || b.product_id) AS product_name,
    b.older_package_id,
    (SELECT h.uid FROM mart.package_history AS h WHERE h.package_id = b.older_package_id AND h.is_current) AS older_uid,
    b.older_check_in_date,
    b.older_quantity,
    b.newer_package_id,
    (SELECT h.uid FROM mart.package_history AS h WHERE h.package_id = b.newer_package_id AND h.is_current) AS newer_uid,
    b.newer_check_in_date,
    b.newer_depletion,
    b.measurement
FROM mart.fifo_breach AS b
WHERE
    -- The cost grows with the days: without a first day, two of them.
    b.business_date >= coalesce(%(first_day)s::date, %(now)s::timestamptz::date - 1)
    AND (%(office)s::bigint IS NULL OR b.office_id = %(office)s::bigint)
    AND (%(product)s::bigint IS NULL OR b.product_id = %(product)s::bigint)
    AND (
        %(vendor)s::text IS NULL OR EXISTS (
            SELECT
            FROM mart.package_history AS h
            WHERE
                h.package_id IN (b.older_package_id, b.newer_package_id) AND h.is_current
                AND h.vendor = %(vendor)s::text
        )
    )
ORDER BY b.business_date DESC, b.office_id, b.product_id, b.older_package_id, b.newer_package_id, b.measurement
LIMIT %(limit)s OFFSET %(offset)s;
