-- Returns the life of packages in FIFO order: a row is a time in which a package lay in the same offices with the same
-- quantity. The parameters choose packages, each with its whole life. A package without a check-in date comes last.
-- Times are in the zone of the office that checked the package in.
WITH office AS MATERIALIZED (
    SELECT
        o.office_id,
        coalesce(o.office_name, 'Office ' || o.office_id) AS office_name,
        o.time_zone
    FROM mart.office AS o
),

-- From the lifecycle, which finds the packages of a product, a vendor or a batch by key.
chosen AS MATERIALIZED (
    SELECT f.*
    FROM mart.package_lifecycle AS f
    WHERE
        (%(package)s::bigint IS NULL OR f.package_id = %(package)s::bigint)
        AND (%(batch)s::text IS NULL OR f.batch_id COLLATE "C" = %(batch)s::text)
        AND (%(product)s::bigint IS NULL OR f.product_id = %(product)s::bigint)
        AND (%(vendor)s::text IS NULL OR f.vendor = %(vendor)s::text)
        AND (
            %(office)s::bigint IS NULL OR EXISTS (
                SELECT
                FROM mart.package_history AS v
                WHERE v.package_id = f.package_id AND %(office)s::bigint = ANY(v.available_in_office)
            )
        )
        AND (%(first_day)s::date IS NULL OR f.depleted_at IS NULL OR f.depleted_at >= %(first_day)s::date::timestamp)
        AND (%(last_day)s::date IS NULL OR f.first_seen_at < (%(last_day)s::date + 1)::timestamp)
)

SELECT
    h.package_id,
    coalesce(f.uid, 'Package ' || h.package_id) AS uid,
    h.batch_id,
    h.product_id,
    coalesce(h.product_name, 'Product ' || h.product_id) AS product_name,
    coalesce(h.vendor, 'unknown vendor') AS vendor,
    f.check_in_date,
    coalesce(a.office_names, 'no office') AS office_name,
    coalesce(cardinality(h.available_in_office), 0) AS offices,
    h.available_quantity,
    h.available_unit,
    h.checked_in_quantity,
    h.valid_from,
    h.valid_to,
    h.observed_at AS last_seen_at,
    to_char(h.valid_from AT TIME ZONE z.zone, 'YYYY-MM-DD"T"HH24:MI:SS') AS starts_at,
    -- The last version ends where it was last seen: nothing is known of the time after it.
    to_char(coalesce(h.valid_to, h.observed_at) AT TIME ZONE z.zone, 'YYYY-MM-DD"T"HH24:MI:SS') AS ends_at,
    to_char(f.depleted_at AT TIME ZONE z.zone, 'YYYY-MM-DD"T"HH24:MI:SS') AS depleted_at,
    h.best_by
FROM chosen AS f
-- Ordered, so that PostgreSQL reads the versions of each package by key, whatever it estimates.
CROSS JOIN LATERAL (
    SELECT v.*
    FROM mart.package_history AS v
    WHERE v.package_id = f.package_id
    ORDER BY v.valid_from
) AS h
LEFT JOIN office AS i ON h.checked_in_to = i.office_id
CROSS JOIN LATERAL (SELECT coalesce(i.time_zone, 'UTC') AS zone) AS z
CROSS JOIN LATERAL (
    SELECT string_agg(o.office_name, ' and ' ORDER BY o.office_id) AS office_names
    FROM office AS o
    WHERE o.office_id = ANY(h.available_in_office)
) AS a
ORDER BY f.check_in_date NULLS LAST, h.package_id, h.valid_from
LIMIT %(limit)s OFFSET %(offset)s;
