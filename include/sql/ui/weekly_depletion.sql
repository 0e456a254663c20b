-- Returns the depletion of each week, by measurement and category, and how many days of the week are known.
WITH known AS (
    SELECT
        date_trunc('week', c.business_date)::date AS week,
        count(DISTINCT c.business_date) AS days_known
    FROM mart.coverage AS c
    WHERE
        c.status <> 'missing'
        AND (%(office)s::bigint IS NULL OR c.office_id = %(office)s::bigint)
        AND (%(first_day)s::date IS NULL OR c.business_date >= %(first_day)s::date)
        AND (%(last_day)s::date IS NULL OR c.business_date <= %(last_day)s::date)
    GROUP BY date_trunc('week', c.business_date)
),

moved AS (
    SELECT
        date_trunc('week', m.business_date)::date AS week,
        m.measurement,
        m.category,
        sum(m.depletion) AS depletion
    FROM mart.stock_movement_daily AS m
    WHERE
        (%(office)s::bigint IS NULL OR m.office_id = %(office)s::bigint)
        AND (%(product)s::bigint IS NULL OR m.product_id = %(product)s::bigint)
        AND (%(first_day)s::date IS NULL OR m.business_date >= %(first_day)s::date)
        AND (%(last_day)s::date IS NULL OR m.business_date <= %(last_day)s::date)
    GROUP BY date_trunc('week', m.business_date), m.measurement, m.category
)

SELECT
    m.week,
    m.measurement,
    coalesce(m.category, 'without a category') AS category,
    m.depletion,
    coalesce(k.days_known, 0) AS days_known
FROM moved AS m
LEFT JOIN known AS k ON m.week = k.week
ORDER BY m.measurement, m.category NULLS LAST, m.week
LIMIT %(limit)s OFFSET %(offset)s;
