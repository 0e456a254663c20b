-- The snapshot of a day, office by office, and its publication.
WITH row_of_day AS (
    INSERT INTO inventory.daily_stock (
        snapshot_date, office_id, product_id, measurement, quantity, package_count, package_quantity, basis, observed_at
    )
    SELECT
        %(date)s::date,
        p.office_id,
        p.product_id,
        p.measurement,
        p.unit * (k.new_left + k.old_left),
        (k.new_left > 0)::integer + (k.old_left > 0)::integer,
        p.unit * (k.new_left + k.old_left),
        'observed',
        (%(date)s::date + 1 + time '00:02')::timestamptz + make_interval(secs => p.page)
    FROM bench.pair AS p
    CROSS JOIN LATERAL (
        SELECT
            bench.used(%(day)s, p.rate, p.shift) AS used,
            (%(day)s - p.arrival + 3000) / 30 - 100 AS package
    ) AS c
    CROSS JOIN LATERAL (
        SELECT
            bench.left_of(
                c.used,
                bench.used(p.arrival + 30 * c.package + p.lag - 1, p.rate, p.shift),
                bench.used(p.arrival + 30 * c.package + p.lag + p.lasts - 1, p.rate, p.shift)
            ) AS new_left,
            bench.left_of(
                c.used,
                bench.used(p.arrival + 30 * c.package + p.lag - 31, p.rate, p.shift),
                bench.used(p.arrival + 30 * c.package + p.lag + p.lasts - 31, p.rate, p.shift)
            ) AS old_left
    ) AS k
    WHERE p.is_above_zero_first OR c.package >= 0 OR k.new_left + k.old_left > 0
    RETURNING office_id
)

INSERT INTO ops.publication (snapshot_date, office_id, basis, pull_id, day_end, depends_until, row_count)
SELECT
    %(date)s::date, l.office_id, 'observed', l.pull_id, (%(date)s::date + 1)::timestamptz, l.last_page_at, count(*)
FROM row_of_day AS r
INNER JOIN ops.pull AS l ON r.office_id = l.office_id
WHERE l.kind = 'office' AND l.pull_id BETWEEN %(day)s * 100 + 30 AND %(day)s * 100 + 99
GROUP BY l.office_id, l.pull_id, l.last_page_at
ORDER BY l.office_id;
