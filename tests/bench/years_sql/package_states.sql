-- The versions of packages that a day's refresh in the evening observed: those that arrived, and those that were used.
CREATE TEMPORARY TABLE seen ON COMMIT DROP AS
SELECT
    1000000000 + p.number::bigint * 100 + k.package + 10 AS package_id,
    k.arrival,
    greatest(k.arrival, 0) = %(day)s AS is_first,
    t.at,
    -- The next day on which it is used.
    CASE WHEN n.day < %(days)s THEN t.at + make_interval(days => n.day - %(day)s) END AS valid_to,
    p.product_id,
    '1A4060300' || 100000000000000 + p.number::bigint * 100 + k.package AS uid,
    '1A4060301' || 100000000000000 + p.number::bigint * 10 + k.package / 10 AS source_uid,
    'Vendor ' || mod(p.p, 60) AS vendor,
    'B' || k.arrival + 1000 || '-' || p.p AS batch_id,
    -- Some came from elsewhere, and are older than the one that is used before them.
    %(first_day)s::date + k.arrival - CASE WHEN mod(p.number + k.package, 40) = 3 THEN 45 ELSE 0 END AS check_in_date,
    p.office_id,
    CASE WHEN mod(p.number, 20) > 0 THEN %(first_day)s::date + k.arrival + 40 + mod(p.number, 200) END AS best_by,
    p.measurement,
    p.unit * (w.used_to - w.used_from) AS checked_in,
    p.unit * s.now AS available,
    CASE p.measurement WHEN 'weight' THEN 'gram' ELSE 'unit' END AS unit
FROM bench.pair AS p
CROSS JOIN LATERAL (
    SELECT
        bench.used(%(day)s - 1, p.rate, p.shift) AS used_before,
        bench.used(%(day)s, p.rate, p.shift) AS used,
        (%(day)s - p.arrival + 3000) / 30 - 100 AS newest
) AS c
CROSS JOIN LATERAL (
    SELECT
        c.newest - i AS package,
        p.arrival + 30 * (c.newest - i) AS arrival
    FROM generate_series(0, 1) AS i
) AS k
CROSS JOIN LATERAL (
    SELECT
        bench.used(k.arrival + p.lag - 1, p.rate, p.shift) AS used_from,
        bench.used(k.arrival + p.lag + p.lasts - 1, p.rate, p.shift) AS used_to
) AS w
CROSS JOIN LATERAL (
    SELECT
        bench.left_of(c.used, w.used_from, w.used_to) AS now,
        bench.left_of(c.used_before, w.used_from, w.used_to) AS before
) AS s
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN s.now > 0 THEN (100 * (greatest(w.used_from, c.used) + 1) - p.shift + p.rate - 1) / p.rate - 1000
        END AS day
) AS n
CROSS JOIN (SELECT (%(date)s::date + time '21:30')::timestamptz AS at) AS t
WHERE CASE WHEN %(day)s = 0 THEN s.now > 0 ELSE k.arrival = %(day)s OR s.now <> s.before END;

INSERT INTO inventory.package_attributes (
    package_id, valid_from, product_id, uid, source_uid, vendor, batch_id, harvest_production_date, packaged_date,
    check_in_date, checked_in_to, best_by, tested_date, measurement, checked_in_quantity, checked_in_unit,
    available_unit
)
SELECT
    s.package_id, s.at, s.product_id, s.uid, s.source_uid, s.vendor, s.batch_id, %(first_day)s::date + s.arrival - 40,
    %(first_day)s::date + s.arrival - 20, s.check_in_date, s.office_id, s.best_by,
    %(first_day)s::date + s.arrival - 10, s.measurement, s.checked_in, s.unit, s.unit
FROM seen AS s
WHERE s.is_first;

INSERT INTO inventory.package_state (
    package_id, valid_from, valid_to, observed_at, attributes_from, available_quantity, available_in_office
)
SELECT
    s.package_id, s.at, s.valid_to, s.at, s.at + make_interval(days => greatest(s.arrival, 0) - %(day)s), s.available,
    CASE WHEN s.available = 0 THEN '{}' ELSE ARRAY[s.office_id] END
FROM seen AS s;
