-- Returns how the potency of each vendor's latest month of tests differs from the mean of its earlier months, by analyte,
-- the greatest difference first. Each product is compared with itself, and weighs as many packages as were tested in the
-- latest month; vendors with fewer than five in all are left out. Each package counts once, with its current result.
WITH trend AS (
    SELECT
        m.*,
        max(m.month) OVER (PARTITION BY m.vendor, m.analyte_id, m.measurement_code) AS latest_month
    FROM (
        -- Not mart.potency_trend, which compares the versions of each result: over all vendors, that takes minutes.
        SELECT
            date_trunc('month', l.tested_date::timestamp)::date AS month,
            l.vendor,
            l.product_id,
            l.analyte_id,
            l.analyte_name,
            l.measurement_code,
            l.unit,
            count(*) AS packages,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY l.potency) AS median
        FROM mart.lab_result AS l
        WHERE
            l.is_current AND l.potency IS NOT NULL AND l.vendor IS NOT NULL
            AND l.tested_date >= date_trunc(
                'month', coalesce(%(first_day)s::date, (%(now)s::timestamptz - interval '3 months')::date)::timestamp
            )::date
            AND (%(product)s::bigint IS NULL OR l.product_id = %(product)s::bigint)
            AND (%(vendor)s::text IS NULL OR l.vendor = %(vendor)s::text)
        GROUP BY month, l.vendor, l.product_id, l.analyte_id, l.analyte_name, l.measurement_code, l.unit
    ) AS m
),

compared AS (
    SELECT
        t.vendor,
        t.product_id,
        t.analyte_id,
        t.analyte_name,
        t.measurement_code,
        t.unit,
        t.latest_month,
        avg(t.median) FILTER (WHERE t.month < t.latest_month) AS earlier,
        max(t.median) FILTER (WHERE t.month = t.latest_month) AS latest,
        max(t.packages) FILTER (WHERE t.month = t.latest_month) AS packages
    FROM trend AS t
    GROUP BY
        t.vendor, t.product_id, t.analyte_id, t.analyte_name, t.measurement_code, t.unit, t.latest_month
)

SELECT
    c.vendor,
    c.analyte_id,
    c.analyte_name,
    coalesce(c.unit, 'code ' || c.measurement_code, 'unknown unit') AS unit,
    c.latest_month,
    count(*) AS products,
    sum(c.packages)::bigint AS packages,
    round(sum(c.earlier * c.packages) / sum(c.packages), 3) AS earlier_median,
    round(sum(c.latest * c.packages) / sum(c.packages), 3) AS latest_median,
    -- Of the sums, because a product with hardly any of the analyte may change many times over.
    round(sum(c.latest * c.packages) / sum(c.earlier * c.packages) - 1, 4) AS relative_change
FROM compared AS c
WHERE c.earlier > 0 AND c.latest IS NOT NULL
GROUP BY c.vendor, c.analyte_id, c.analyte_name, c.measurement_code, c.unit, c.latest_month
HAVING sum(c.packages) >= 5
ORDER BY
    abs(sum(c.latest * c.packages) / sum(c.earlier * c.packages) - 1) DESC, c.vendor, c.analyte_id, c.measurement_code
LIMIT %(limit)s OFFSET %(offset)s;
