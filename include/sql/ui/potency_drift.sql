-- Returns how the potency of each vendor's latest month of tests differs from the mean of its earlier months, by analyte,
-- the greatest difference first. Each product is compared with itself, and weighs as many packages as were tested in the
-- latest month; vendors with fewer than five in all are left out. Each package counts once, with its current result.
-- Not from mart.potency_trend, where a package counts once for each of its tests. The grouping begins with what differs
-- most, and the window after it has the same order: sorting is most of the work.
WITH monthly AS (
    SELECT
        l.product_id,
        l.analyte_id,
        l.measurement_code,
        l.vendor,
        date_trunc('month', l.tested_date::timestamp)::date AS month,
        count(*) AS packages,
        -- The same as percentile_disc(0.5), which sorts each of very many groups by itself.
        (array_agg(l.potency ORDER BY l.potency))[((count(*) + 1) / 2)::integer] AS median,
        max(l.package_id) AS package_id
    FROM mart.lab_result AS l
    WHERE
        l.is_current AND l.potency IS NOT NULL AND l.vendor IS NOT NULL
        AND l.tested_date >= date_trunc(
            'month', coalesce(%(first_day)s::date, (%(now)s::timestamptz - interval '3 months')::date)::timestamp
        )::date
        AND (%(product)s::bigint IS NULL OR l.product_id = %(product)s::bigint)
        AND (%(vendor)s::text IS NULL OR l.vendor = %(vendor)s::text)
    GROUP BY l.product_id, l.analyte_id, l.measurement_code, l.vendor, month
),

compared AS (
    SELECT
        t.product_id,
        t.analyte_id,
        t.measurement_code,
        t.vendor,
        t.latest_month,
        max(t.latest_month) OVER (PARTITION BY t.vendor, t.analyte_id, t.measurement_code) AS vendors_month,
        avg(t.median) FILTER (WHERE t.month < t.latest_month) AS earlier,
        max(t.median) FILTER (WHERE t.month = t.latest_month) AS latest,
        max(t.packages) FILTER (WHERE t.month = t.latest_month) AS packages,
        max(t.package_id) AS package_id
    FROM (
        SELECT
            m.*,
            max(m.month) OVER (
                PARTITION BY m.product_id, m.analyte_id, m.measurement_code, m.vendor
            ) AS latest_month
        FROM monthly AS m
    ) AS t
    GROUP BY t.product_id, t.analyte_id, t.measurement_code, t.vendor, t.latest_month
),

changed AS (
    SELECT
        c.vendor,
        c.analyte_id,
        c.measurement_code,
        c.latest_month,
        count(*) AS products,
        sum(c.packages)::bigint AS packages,
        sum(c.earlier * c.packages) / sum(c.packages) AS earlier_median,
        sum(c.latest * c.packages) / sum(c.packages) AS latest_median,
        -- Of the sums, because a product with hardly any of the analyte may change many times over.
        sum(c.latest * c.packages) / sum(c.earlier * c.packages) - 1 AS relative_change,
        max(c.package_id) AS package_id
    FROM compared AS c
    WHERE c.earlier > 0 AND c.latest_month = c.vendors_month
    GROUP BY c.vendor, c.analyte_id, c.measurement_code, c.latest_month
    HAVING sum(c.packages) >= 5
)

SELECT
    c.vendor,
    c.analyte_id,
    n.analyte_name,
    coalesce(n.unit, 'code ' || c.measurement_code, 'unknown unit') AS unit,
    c.latest_month,
    c.products,
    c.packages,
    round(c.earlier_median, 3) AS earlier_median,
    round(c.latest_median, 3) AS latest_median,
    round(c.relative_change, 4) AS relative_change
FROM changed AS c
-- The names, of one of its packages.
CROSS JOIN LATERAL (
    SELECT l.analyte_name, l.unit
    FROM mart.lab_result AS l
    WHERE
        l.package_id = c.package_id AND l.analyte_id = c.analyte_id
        AND l.measurement_code IS NOT DISTINCT FROM c.measurement_code
    ORDER BY l.valid_to
    LIMIT 1
) AS n
ORDER BY abs(c.relative_change) DESC, c.vendor, c.analyte_id, c.measurement_code
LIMIT %(limit)s OFFSET %(offset)s;
