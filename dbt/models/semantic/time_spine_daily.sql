SELECT day::date AS date_day
FROM
    generate_series(
        (SELECT min(business_date) FROM {{ ref('stg_indicaonline__coverage') }}),
        (SELECT max(business_date) FROM {{ ref('stg_indicaonline__coverage') }}),
        interval '1 day'
    ) AS day
