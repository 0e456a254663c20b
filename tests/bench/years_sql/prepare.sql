-- The names, the partitions, and how each product of each office behaves (see years_world.py).
SELECT ops.ensure_partitions(%(first_day)s::date - 1, %(end)s::date + 31);

INSERT INTO inventory.office (office_id, name, is_listed, first_seen_at, observed_at)
SELECT 101 + o, 'Office ' || 101 + o, true, %(first_day)s::date + 1 + time '00:02:01', %(end)s::date
FROM generate_series(0, %(offices)s - 1) AS o;

INSERT INTO inventory.brand (brand_id, name, observed_at)
SELECT 501 + b, 'Brand ' || 501 + b, %(end)s::date
FROM generate_series(0, 99) AS b;

INSERT INTO inventory.category (category_id, name, observed_at)
SELECT 601 + c, 'Category ' || 601 + c, %(end)s::date
FROM generate_series(0, 11) AS c;

INSERT INTO inventory.lab_analyte (analyte_id, name, observed_at)
SELECT 701 + a.number, a.name, %(end)s::date
FROM (VALUES (0, 'THCa'), (1, 'Delta-9 THC'), (2, 'CBDa'), (3, 'CBD')) AS a (number, name);

INSERT INTO inventory.product (product_id, name, brand_id, category_id, strain_type_id, measurement, observed_at)
SELECT
    2146000001 + p,
    'Product ' || 2146000001 + p,
    501 + mod(p, 100),
    601 + mod(p, 12),
    mod(p, 5),
    CASE WHEN mod(p, 4) = 0 THEN 'weight' ELSE 'unit' END,
    %(end)s::date
FROM generate_series(0, %(products)s - 1) AS p;

CREATE SCHEMA bench;

-- How many units of a product had been used from far back up to the end of a day.
CREATE FUNCTION bench.used(day integer, rate integer, shift integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ((day + 1000) * rate + shift) / 100;

-- What is left of a package that is used from one count of units used to another.
CREATE FUNCTION bench.left_of(used integer, used_from integer, used_to integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN greatest(0, used_to - greatest(used_from, used));

-- arrival: day of the first package's arrival; lag: days until it is used; lasts: for how many days; unit: how much of
-- the product goes at a time; number: of the pair.
CREATE UNLOGGED TABLE bench.pair AS
SELECT
    o,
    p,
    o * %(products)s + p AS number,
    101 + o AS office_id,
    2146000001 + p AS product_id,
    CASE WHEN mod(p, 4) = 0 THEN 'weight' ELSE 'unit' END AS measurement,
    CASE WHEN mod(p, 4) = 0 THEN 0.5 * (1 + mod(h, 7)) ELSE 1 + mod(h, 3) END AS unit,
    CASE WHEN mod(p, 50) = 0 THEN 300 ELSE 8 + mod(h, 11) END AS rate,
    mod(h, 100) AS shift,
    mod(h, 30) AS arrival,
    CASE WHEN mod(h, 10) = 7 THEN 0 ELSE 30 END AS lag,
    CASE WHEN mod(h, 10) = 7 THEN 24 ELSE 30 END AS lasts,
    9 + mod(h, 4) AS hour,
    1 + p / 500 AS page,
    true AS is_above_zero_first
FROM generate_series(0, %(offices)s - 1) AS o
CROSS JOIN generate_series(0, %(products)s - 1) AS p
CROSS JOIN LATERAL (SELECT mod(o * 7919 + p * 10477, 100003) AS h) AS hash
ORDER BY o, p;

ALTER TABLE bench.pair ADD PRIMARY KEY (o, p);

-- Out of stock on the first day.
UPDATE bench.pair AS p
SET is_above_zero_first = false
WHERE
    p.lag = 0 AND p.arrival > 0
    AND bench.used(p.arrival - 7, p.rate, p.shift) <= bench.used(0, p.rate, p.shift);

CLUSTER bench.pair USING pair_pkey;

ANALYZE bench.pair;

CREATE UNLOGGED TABLE bench.page AS
SELECT o, office_id, page, array_agg(product_id ORDER BY product_id) AS product_ids
FROM bench.pair
GROUP BY o, office_id, page
ORDER BY o, page;
