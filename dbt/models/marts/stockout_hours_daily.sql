WITH

-- Where the stock crosses zero, in either direction, and the first observation.
crossing AS (
    SELECT
        office_id,
        product_id,
        product_name,
        observed_at,
        quantity,
        previous_quantity
    FROM {{ ref('stg_indicaonline__inventory_change') }}
    WHERE (quantity > 0) IS DISTINCT FROM (previous_quantity > 0)
),

episode AS (
    SELECT
        *,
        lead(observed_at) OVER (PARTITION BY office_id, product_id ORDER BY observed_at) AS next_at
    FROM crossing
),

-- A product that was never seen above 0 has not run out.
stockout AS (
    SELECT
        office_id,
        product_id,
        product_name,
        observed_at AS out_from,
        least(next_at, observed_at + interval '{{ var("stockout_days") }} days') AS out_to
    FROM episode
    WHERE quantity <= 0 AND previous_quantity > 0
)

SELECT
    c.business_date,
    c.office_id,
    c.office_name,
    s.product_id,
    s.product_name,
    round(
        sum(extract(EPOCH FROM least(s.out_to, c.day_end) - greatest(s.out_from, c.day_start))) / 3600, 2
    ) AS stockout_hours,
    round(extract(EPOCH FROM c.day_end - c.day_start) / 3600, 2) AS day_hours
FROM stockout AS s
INNER JOIN
    {{ ref('stg_indicaonline__coverage') }} AS c
    ON s.office_id = c.office_id AND s.out_from < c.day_end AND s.out_to > c.day_start
-- Nothing is known about a missing day.
WHERE c.status <> 'missing'
GROUP BY c.business_date, c.office_id, c.office_name, s.product_id, s.product_name, c.day_start, c.day_end
