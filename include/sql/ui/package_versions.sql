-- Returns the versions of a package, the latest first, with the names of the columns that differ from the version before.
SELECT
    v.valid_from,
    v.valid_to,
    v.observed_at AS last_seen_at,
    (
        SELECT string_agg(n.key, ', ' ORDER BY n.key)
        FROM jsonb_each(v.fields) AS n
        WHERE v.before IS NOT NULL AND n.value <> v.before -> n.key
    ) AS changed,
    v.available_quantity,
    v.available_unit,
    v.offices AS available_in_office,
    v.product_id,
    v.product_name,
    v.uid,
    v.vendor,
    v.batch_id,
    v.best_by,
    v.tested_date
FROM (
    SELECT
        h.*,
        array_to_string(h.available_in_office, ', ') AS offices,
        f.fields,
        lag(f.fields) OVER (ORDER BY h.valid_from) AS before
    FROM mart.package_history AS h
    CROSS JOIN LATERAL (
        SELECT
            to_jsonb(h)
            - ARRAY['package_id', 'valid_from', 'valid_to', 'is_current', 'observed_at', 'product_name']
            - ARRAY['checked_in', 'available']
            AS fields
    ) AS f
    WHERE h.package_id = %(package)s::bigint
) AS v
ORDER BY v.valid_from DESC
LIMIT %(limit)s OFFSET %(offset)s;
