-- Returns the lab results of a package, a batch, a product or a vendor, by analyte and date of the test. A result without
-- such a date is under the day on which it was first seen; dated_by says which.
SELECT
    d.result_date,
    CASE WHEN l.tested_date IS NULL THEN 'first seen' ELSE 'tested' END AS dated_by,
    l.package_id,
    l.uid,
    l.batch_id,
    l.product_id,
    coalesce(l.product_name, 'Product ' || l.product_id) AS product_name,
    coalesce(l.vendor, 'unknown vendor') AS vendor,
    l.analyte_id,
    l.analyte_name,
    coalesce(l.unit, 'code ' || l.measurement_code, 'unknown unit')
    || CASE WHEN l.unit_is_verified THEN '' ELSE ', not verified' END AS unit,
    l.potency,
    l.event,
    l.valid_from,
    l.valid_to,
    l.is_current
FROM mart.lab_result AS l
LEFT JOIN mart.package_history AS p ON l.package_id = p.package_id AND p.is_current
LEFT JOIN mart.office AS o ON p.checked_in_to = o.office_id
CROSS JOIN LATERAL (
    SELECT
        coalesce(l.tested_date, (l.valid_from AT TIME ZONE coalesce(o.time_zone, 'UTC'))::date) AS result_date
) AS d
WHERE
    l.potency IS NOT NULL
    -- A version that only names another product, vendor or batch repeats the result.
    AND l.event <> 'relabelled'
    AND (%(package)s::bigint IS NULL OR l.package_id = %(package)s::bigint)
    AND (
        %(batch)s::text IS NULL
        -- By key: those of the packages that are in the batch today.
        OR l.package_id = ANY((
            SELECT array_agg(h.package_id)
            FROM mart.package_history AS h
            WHERE h.is_current AND h.batch_id COLLATE "C" = %(batch)s::text
        )::bigint[])
    )
    AND (%(product)s::bigint IS NULL OR l.product_id = %(product)s::bigint)
    AND (%(vendor)s::text IS NULL OR l.vendor = %(vendor)s::text)
    AND (%(analyte)s::text IS NULL OR %(analyte)s::text IN (l.analyte_name, l.analyte_id::text))
    AND (%(first_day)s::date IS NULL OR d.result_date >= %(first_day)s::date)
    AND (%(last_day)s::date IS NULL OR d.result_date <= %(last_day)s::date)
ORDER BY l.analyte_name, l.analyte_id, l.measurement_code, d.result_date, l.package_id, l.valid_from
LIMIT %(limit)s OFFSET %(offset)s;
