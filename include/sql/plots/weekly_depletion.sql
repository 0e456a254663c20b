-- Returns the depletion of each week, by measurement and category, and how many days of the week are known.
WITH known AS (
    SELECT
        date_trunc('week', c.business_date)::date AS week,
        count(DISTINCT c.business_date) AS days
    FROM mart.coverage AS c
    WHERE c.business_date BETWEEN %(first_day)s AND %(last_day)s AND c.status <> 'missing'
    GROUP BY date_trunc('week', c.business_date)
)

SELECT
    m.measurement,
    coalesce(m.category, 'without a category') AS category,
    date_trunc('week', m.business_date)::date AS week,
    sum(m.depletion) AS depletion,
    coalesce(max(k.days), 0) AS days
FROM mart.stock_movement_daily AS m
LEFT JOIN known AS k ON date_trunc('week', m.business_date)::date = k.week
WHERE m.business_date BETWEEN %(first_day)s AND %(last_day)s
GROUP BY m.measurement, m.category, date_trunc('week', m.business_date)
ORDER BY m.measurement, m.category NULLS LAST, date_trunc('week', m.business_date);
