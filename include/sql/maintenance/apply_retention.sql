-- Ends the retention of raw responses and of daily snapshots, by whole months. Days whose snapshots are dropped are no
-- longer published, so that nothing publishes them again.
WITH today AS (
    SELECT (ops.clock() AT TIME ZONE 'UTC')::date AS day
),

unpublished AS (
    DELETE FROM ops.publication AS p
    USING today AS t
    WHERE p.snapshot_date < date_trunc('month', t.day - make_interval(days => %(snapshot_days)s))::date
)

SELECT
    ops.drop_partitions('raw.response', (t.day - make_interval(days => %(raw_days)s))::date) AS raw_months,
    ops.drop_partitions(
        'inventory.daily_stock', (t.day - make_interval(days => %(snapshot_days)s))::date
    ) AS snapshot_months
FROM today AS t;
