WITH

-- Each product by week, in the weeks in which it moved. Days are those of observation, so the stock at the end of a week
-- is the last closing: a snapshot is made after midnight, and has already seen what counts on the next day.
moved AS (
    SELECT
        date_trunc('week', business_date)::date AS week,
        office_id,
        product_id,
        category,
        measurement,
        -- A product that was first seen in the week has no opening: what it had when it was first seen stands for it.
        (array_agg(coalesce(opening, closing - increase + depletion) ORDER BY business_date))[1] AS opening,
        (array_agg(closing ORDER BY business_date DESC))[1] AS closing,
        sum(increase) AS increase,
        sum(depletion) AS depletion
    FROM {{ ref('stg_indicaonline__stock_movement_daily') }}
    GROUP BY date_trunc('week', business_date), office_id, product_id, category, measurement
),

series AS (
    SELECT
        *,
        -- Of any measurement: a change of measurement ends a series.
        lead(week) OVER (PARTITION BY office_id, product_id ORDER BY week) AS next_week
    FROM moved
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

-- In the weeks until it moved again, a product kept its closing.
total AS (
    SELECT
        k.week,
        k.office_id,
        k.office_name,
        s.category,
        s.measurement,
        sum(CASE WHEN k.week = s.week THEN s.opening ELSE s.closing END) AS opening,
        sum(CASE WHEN k.week = s.week THEN s.increase ELSE 0 END) AS increase,
        sum(CASE WHEN k.week = s.week THEN s.depletion ELSE 0 END) AS depletion,
        k.known_days
    FROM series AS s
    INNER JOIN
        known AS k
        ON s.office_id = k.office_id AND s.week <= k.week AND coalesce(s.next_week, 'infinity') > k.week
    GROUP BY k.week, k.office_id, k.office_name, s.category, s.measurement, k.known_days
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
