WITH

trend AS (
    SELECT
        *,
        lag(month) OVER series AS previous_month,
        lag(median) OVER series AS previous_median
    FROM {{ ref('stg_indicaonline__potency_trend') }}
    WHERE month IS NOT NULL AND packages >= {{ var('potency_min_packages') }}
    -- A series never mixes units: the code stands for one.
    WINDOW series AS (PARTITION BY product_id, vendor, analyte_id, measurement_code ORDER BY month)
)

SELECT
    month,
    product_id,
    product_name,
    vendor,
    analyte_id,
    analyte_name,
    measurement_code,
    unit,
    packages,
    median,
    previous_month,
    previous_median,
    median - previous_median AS drift,
    round((median - previous_median) / nullif(previous_median, 0), 4) AS drift_share
FROM trend
WHERE previous_median IS NOT NULL
