-- Returns one row about a package: its last version, and what became of it. A package that offices list, and whose
-- detail was not fetched yet, has a row with its product only.
SELECT
    a.package_id,
    h.uid,
    coalesce(h.product_id, c.product_id) AS product_id,
    coalesce(h.product_name, c.product_name) AS product_name,
    h.vendor,
    h.batch_id,
    h.source_uid,
    h.harvest_production_date,
    h.packaged_date,
    h.tested_date,
    h.check_in_date,
    h.checked_in_to,
    (SELECT coalesce(o.office_name, 'Office ' || o.office_id) FROM mart.office AS o WHERE o.office_id = h.checked_in_to)
    AS checked_in_to_name,
    h.best_by,
    h.measurement,
    f.checked_in_quantity,
    f.checked_in_unit,
    f.remaining_quantity,
    f.remaining_unit,
    (
        SELECT string_agg(coalesce(o.office_name, 'Office ' || o.office_id), ', ' ORDER BY o.office_id)
        FROM mart.office AS o
        WHERE f.is_known AND o.office_id = ANY(h.available_in_office)
    ) AS office_names,
    f.first_seen_at,
    f.last_seen_at,
    f.last_in_stock_at,
    f.depleted_at,
    f.days_held,
    f.days_to_deplete,
    f.is_known,
    mart.package_url(a.package_id) AS package_url,
    mart.product_url(coalesce(h.product_id, c.product_id)) AS product_url
FROM (SELECT %(package)s::bigint AS package_id) AS a
LEFT JOIN mart.package_lifecycle AS f ON f.package_id = %(package)s::bigint
LEFT JOIN LATERAL (
    SELECT v.*
    FROM mart.package_history AS v
    WHERE v.package_id = %(package)s::bigint
    ORDER BY v.valid_from DESC
    LIMIT 1
) AS h ON true
LEFT JOIN LATERAL (
    SELECT p.*
    FROM mart.package_change AS p
    WHERE p.package_id = %(package)s::bigint
    ORDER BY p.observed_at DESC, p.office_id
    LIMIT 1
) AS c ON true
WHERE f.package_id IS NOT NULL OR c.package_id IS NOT NULL
ORDER BY a.package_id
LIMIT %(limit)s OFFSET %(offset)s;
