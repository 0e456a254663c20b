-- Returns the closed days in UTC, and what the versions that ended on each were derived from. Names and units of analytes
-- count for all days: no other mart has them.
SELECT i.day, i.inputs || n.names AS inputs
FROM ops.inputs_by_day(ARRAY['packages', 'package', 'office', 'updated', 'product'], ARRAY['UTC']) AS i
CROSS JOIN (
    SELECT
        md5(concat(
            (
                SELECT string_agg(concat_ws(' ', a.analyte_id, a.name), ',' ORDER BY a.analyte_id)
                FROM inventory.lab_analyte AS a
            ),
            (
                SELECT string_agg(u::text, ',' ORDER BY u.measurement_code)
                FROM inventory.lab_unit AS u
            )
        )) AS names
) AS n
ORDER BY i.day;
