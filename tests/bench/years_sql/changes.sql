-- What the hourly pulls of a day saw change: stock, packages, and which products each page showed. On the first day it is
-- what the complete pull saw first.
WITH event AS MATERIALIZED (
    SELECT
        p.number,
        p.office_id,
        p.product_id,
        p.measurement,
        p.unit,
        c.package,
        e.event = 0 AND %(day)s > 0 AS is_arrival,
        t.page,
        t.pull_id,
        t.observed_at,
        bench.left_of(e.used, w.from_new, w.to_new) AS new_left,
        bench.left_of(e.used, w.from_old, w.to_old) AS old_left,
        CASE WHEN e.event > 0 THEN bench.left_of(e.used - 1, w.from_new, w.to_new) ELSE 0 END AS new_before,
        bench.left_of(e.used - (e.event > 0)::integer, w.from_old, w.to_old) AS old_before
    FROM bench.pair AS p
    CROSS JOIN LATERAL (
        SELECT
            bench.used(%(day)s - 1, p.rate, p.shift) AS used_before,
            bench.used(%(day)s, p.rate, p.shift) AS used,
            (%(day)s - p.arrival + 3000) / 30 - 100 AS package,
            mod(%(day)s - p.arrival + 3000, 30) = 0 AS arrives
    ) AS c
    CROSS JOIN LATERAL (
        SELECT
            bench.used(p.arrival + 30 * c.package + p.lag - 1, p.rate, p.shift) AS from_new,
            bench.used(p.arrival + 30 * c.package + p.lag + p.lasts - 1, p.rate, p.shift) AS to_new,
            bench.used(p.arrival + 30 * c.package + p.lag - 31, p.rate, p.shift) AS from_old,
            bench.used(p.arrival + 30 * c.package + p.lag + p.lasts - 31, p.rate, p.shift) AS to_old
    ) AS w
    -- Event 0 is an arrival; on the first day it is the first observation.
    CROSS JOIN LATERAL (
        SELECT
            n.event,
            CASE WHEN %(day)s = 0 THEN c.used ELSE c.used_before + n.event END AS used,
            CASE WHEN n.event = 0 THEN 8 ELSE p.hour + 4 * (n.event - 1) END AS hour
        FROM generate_series(0, CASE WHEN %(day)s = 0 THEN 0 ELSE c.used - c.used_before END) AS n (event)
        WHERE n.event > 0 OR c.arrives OR %(day)s = 0
    ) AS e
    CROSS JOIN LATERAL (
        SELECT
            s.page,
            CASE WHEN %(day)s = 0 THEN 30 + p.o ELSE %(day)s * 100 + 1 + e.hour END AS pull_id,
            CASE
                WHEN %(day)s = 0 THEN (%(date)s::date + 1 + time '00:02')::timestamptz
                ELSE (%(date)s::date + time '00:05')::timestamptz + make_interval(hours => e.hour)
            END + make_interval(secs => s.page) AS observed_at
        FROM (SELECT CASE WHEN %(day)s = 0 THEN p.page ELSE 1 + p.o / 5 END AS page) AS s
    ) AS t
    WHERE
        e.event = 0
        -- There is something left to use.
        OR bench.left_of(e.used - 1, w.from_new, w.to_new) + bench.left_of(e.used - 1, w.from_old, w.to_old)
        > bench.left_of(e.used, w.from_new, w.to_new) + bench.left_of(e.used, w.from_old, w.to_old)
    ORDER BY t.observed_at, p.office_id, p.product_id
),

packages AS (
    SELECT e.*, 1000000000 + e.number::bigint * 100 + e.package + 10 AS new_id
    FROM event AS e
),

stock AS (
    INSERT INTO inventory.stock_change (
        office_id, product_id, observed_at, pull_id, measurement, quantity, previous_quantity, reason, source,
        packages_known, package_ids, package_quantities, zero_since, was_above_zero
    )
    SELECT
        e.office_id,
        e.product_id,
        e.observed_at,
        e.pull_id,
        e.measurement,
        e.unit * (e.new_left + e.old_left),
        CASE WHEN %(day)s > 0 THEN e.unit * (e.new_before + e.old_before) END,
        CASE WHEN %(day)s = 0 THEN 'first_seen' ELSE 'changed' END,
        CASE WHEN %(day)s = 0 THEN 'office' ELSE 'updated' END,
        true,
        array_remove(
            ARRAY[CASE WHEN e.old_left > 0 THEN e.new_id - 1 END, CASE WHEN e.new_left > 0 THEN e.new_id END], NULL
        ),
        array_remove(
            ARRAY[
                CASE WHEN e.old_left > 0 THEN e.unit * e.old_left END,
                CASE WHEN e.new_left > 0 THEN e.unit * e.new_left END
            ],
            NULL
        ),
        CASE WHEN e.new_left + e.old_left = 0 THEN e.observed_at END,
        %(day)s > 0 OR e.new_left + e.old_left > 0
    FROM packages AS e
),

package AS (
    INSERT INTO inventory.package_change (
        office_id, product_id, package_id, observed_at, quantity, previous_quantity, reason
    )
    SELECT
        e.office_id,
        e.product_id,
        k.package_id,
        e.observed_at,
        e.unit * k.left_now,
        CASE WHEN NOT k.is_new THEN e.unit * k.left_before END,
        CASE WHEN k.is_new THEN 'first_seen' WHEN k.left_now = 0 THEN 'absent' ELSE 'changed' END
    FROM packages AS e
    CROSS JOIN LATERAL (
        VALUES
        (e.new_id, e.new_left, e.new_before, e.is_arrival OR %(day)s = 0),
        (e.new_id - 1, e.old_left, e.old_before, %(day)s = 0)
    ) AS k (package_id, left_now, left_before, is_new)
    WHERE (k.is_new AND k.left_now > 0) OR (NOT k.is_new AND k.left_now <> k.left_before)
)

INSERT INTO inventory.page_presence (office_id, observed_at, pull_id, page, product_ids)
SELECT e.office_id, e.observed_at, e.pull_id, e.page, array_agg(e.product_id ORDER BY e.product_id)
FROM event AS e
WHERE %(day)s > 0
GROUP BY e.office_id, e.observed_at, e.pull_id, e.page;
