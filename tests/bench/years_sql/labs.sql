-- Lab panels of the packages that were first seen in a day's refresh, of every second product, and of the retests of some
-- 20 days later.
INSERT INTO inventory.lab_panel (
    package_id, valid_from, valid_to, attributes_from, analyte_ids, measurement_codes, potencies
)
SELECT
    1000000000 + p.number::bigint * 100 + k.package + 10,
    t.at,
    CASE
        WHEN r.is_retest = 0 AND r.is_retested AND k.arrival + 20 < %(days)s AND k.arrival >= 0
            THEN t.at + make_interval(days => k.arrival + 20 - %(day)s)
    END,
    -- Since its arrival, unless the test is another one: retests.sql adds these attributes.
    CASE r.is_retest WHEN 0 THEN t.at + make_interval(days => greatest(k.arrival, 0) - %(day)s) ELSE t.at END,
    ARRAY[701, 702, 703, 704],
    ARRAY[1, 1, 1, 1],
    ARRAY[15 + v.potency, 1 + v.potency, 1 + v.potency, 1 + v.potency]
FROM bench.pair AS p
CROSS JOIN LATERAL (SELECT (%(day)s - p.arrival + 3000) / 30 - 100 AS newest) AS c
CROSS JOIN LATERAL (
    SELECT
        c.newest - i AS package,
        p.arrival + 30 * (c.newest - i) AS arrival
    FROM generate_series(0, 1) AS i
) AS k
CROSS JOIN LATERAL (
    SELECT
        CASE WHEN k.arrival = %(day)s - 20 THEN 1 ELSE 0 END AS is_retest,
        mod(p.number + k.package, 33) = 0 AS is_retested
) AS r
CROSS JOIN LATERAL (
    SELECT mod(p.p, 10) + mod(p.number + k.package, 40) / 10.0 + k.arrival * mod(p.p, 60) / 10000.0 AS potency
) AS v
CROSS JOIN (SELECT (%(date)s::date + time '21:30')::timestamptz AS at) AS t
WHERE
    mod(p.p, 2) = 0
    AND (
        k.arrival = %(day)s
        OR (k.arrival >= 0 AND r.is_retest = 1 AND r.is_retested)
        OR (
            %(day)s = 0 AND bench.left_of(
                bench.used(0, p.rate, p.shift),
                bench.used(k.arrival + p.lag - 1, p.rate, p.shift),
                bench.used(k.arrival + p.lag + p.lasts - 1, p.rate, p.shift)
            ) > 0
        )
    );
