WITH

-- UNION ALL and GROUP BY treat a NULL category as a value, which no join does.
part AS (
    SELECT
        date_trunc('week', business_date)::date AS week,
        office_id,
        category,
        measurement,
        0 AS opening,
        increase,
        depletion
    FROM {{ ref('stg_indicaonline__stock_movement_daily') }}
    UNION ALL
    -- The stock at the end of a Sunday opens the week after it.
    SELECT
        snapshot_date + 1 AS week,
        office_id,
        category,
        measurement,
        quantity AS opening,
        0 AS increase,
        0 AS depletion
    FROM {{ ref('stg_indicaonline__inventory_daily') }}
    WHERE extract(ISODOW FROM snapshot_date) = 7
),

known AS (
    SELECT
        date_trunc('week', business_date)::date AS week,
        office_id,
        office_name,
        count(*) FILTER (WHERE published_rows > 0) AS known_days
    FROM {{ ref('stg_indicaonline__coverage') }}
    GROUP BY date_trunc('week', business_date), office_id, office_name
),

total AS (
    SELECT
        p.week,
        p.office_id,
        k.office_name,
        p.category,
        p.measurement,
        k.known_days,
        -- A Sunday that is not published leaves the opening unknown: it is not zero.
        CASE WHEN s.published_rows > 0 THEN sum(p.opening) END AS opening,
        sum(p.increase) AS increase,
        sum(p.depletion) AS depletion
    FROM part AS p
    INNER JOIN known AS k ON p.week = k.week AND p.office_id = k.office_id
    LEFT JOIN {{ ref('stg_indicaonline__coverage') }} AS s ON p.office_id = s.office_id AND s.business_date = p.week - 1
    GROUP BY p.week, p.office_id, k.office_name, p.category, p.measurement, k.known_days, s.published_rows
)

SELECT
    week,
    office_id,
    office_name,
    category,
    measurement,
    opening,
    increase,
    depletion,
    round(depletion / nullif(opening + increase, 0), 4) AS sell_through,
    known_days
FROM total
