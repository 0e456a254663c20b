-- The pulls of a day: one of changes each hour, and a complete one of each office just after its end.
INSERT INTO ops.pull (
    pull_id, kind, since, status, started_at, first_page_at, last_page_at, server_dated, reads, counted_read, total,
    items, pages, is_enqueued
)
SELECT
    %(day)s * 100 + 1 + h,
    'updated',
    t.at - interval '1 hour 10 minutes',
    'complete',
    t.at,
    t.at + interval '1 second',
    t.at + make_interval(secs => n.pages),
    true,
    1,
    1,
    0,
    0,
    ARRAY(SELECT generate_series(1, n.pages)),
    true
FROM generate_series(0, 23) AS h
CROSS JOIN LATERAL (
    SELECT (%(date)s::date + time '00:05')::timestamptz + make_interval(hours => h) AS at
) AS t
CROSS JOIN (SELECT max(1 + o / 5) AS pages FROM bench.page) AS n
ORDER BY h;

INSERT INTO ops.pull (
    pull_id, kind, office_id, status, started_at, first_page_at, last_page_at, server_dated, reads, counted_read, total,
    items, pages, is_enqueued
)
SELECT
    %(day)s * 100 + 30 + g.o,
    'office',
    g.office_id,
    'complete',
    t.at,
    t.at + interval '1 second',
    t.at + make_interval(secs => max(g.page)),
    true,
    1,
    1,
    sum(cardinality(g.product_ids)),
    sum(cardinality(g.product_ids)),
    array_agg(g.page ORDER BY g.page),
    true
FROM bench.page AS g
CROSS JOIN (SELECT (%(date)s::date + 1 + time '00:02')::timestamptz AS at) AS t
GROUP BY g.o, g.office_id, t.at
ORDER BY g.o;

INSERT INTO inventory.page_presence (office_id, observed_at, pull_id, page, product_ids)
SELECT
    g.office_id,
    (%(date)s::date + 1 + time '00:02')::timestamptz + make_interval(secs => g.page),
    %(day)s * 100 + 30 + g.o,
    g.page,
    g.product_ids
FROM bench.page AS g;
