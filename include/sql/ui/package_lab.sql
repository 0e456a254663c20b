-- Returns the lab results of a package, version by version, by analyte, the latest version first.
SELECT
    l.analyte_id,
    l.analyte_name,
    l.potency,
    lag(l.potency) OVER one AS previous_potency,
    coalesce(l.unit, 'code ' || l.measurement_code, 'unknown unit')
    || CASE WHEN l.unit_is_verified THEN '' ELSE ', not verified' END AS unit,
    l.event,
    l.tested_date,
    lag(l.tested_date) OVER one AS previous_tested_date,
    l.valid_from,
    l.valid_to,
    l.is_current
FROM mart.lab_result AS l
WHERE l.package_id = %(package)s::bigint
WINDOW one AS (PARTITION BY l.analyte_id, l.measurement_code ORDER BY l.valid_from)
ORDER BY l.analyte_name, l.analyte_id, l.measurement_code, l.valid_from DESC
LIMIT %(limit)s OFFSET %(offset)s;
