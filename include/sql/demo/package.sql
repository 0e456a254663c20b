-- One package with about six versions that all have lab results, preferably with a retest that changed them: its
-- quantity, and its strongest analyte at the time.
WITH tested AS (
    SELECT
        h.package_id, h.valid_from, h.available_quantity, h.available_unit, h.tested_date, r.analyte_name,
        r.potency, r.unit,
        row_number() OVER (
            PARTITION BY h.package_id, h.valid_from ORDER BY r.potency DESC NULLS LAST, r.analyte_id
        ) AS place
    FROM mart.package_history AS h
    LEFT JOIN mart.lab_result AS r
        ON
            h.package_id = r.package_id AND h.valid_from >= r.valid_from
            AND (h.valid_from < r.valid_to OR r.valid_to IS NULL)
),

chosen AS (
    SELECT package_id
    FROM tested
    WHERE place = 1
    GROUP BY package_id
    HAVING count(potency) > 0
    ORDER BY
        count(*) = count(potency) DESC,
        count(DISTINCT tested_date) > 1 AND count(DISTINCT potency) > 1 DESC,
        abs(count(*) - 6),
        package_id
    LIMIT 1
)

SELECT package_id, valid_from, available_quantity, available_unit, tested_date, analyte_name, potency, unit
FROM tested INNER JOIN chosen USING (package_id)
WHERE place = 1
ORDER BY valid_from
LIMIT 8;
