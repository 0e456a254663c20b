-- Drops raw responses and daily snapshots beyond their retention, by whole months. Deletes the publications of dropped
-- days, so that no task publishes them again.
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
