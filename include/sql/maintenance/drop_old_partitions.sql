-- Ends the retention of raw responses and of daily snapshots, by whole months.
SELECT
    ops.drop_partitions('raw.response', (today.day - make_interval(days => %(raw_days)s))::date) AS raw_months,
    ops.drop_partitions(
        'inventory.daily_stock', (today.day - make_interval(days => %(snapshot_days)s))::date
    ) AS snapshot_months
FROM (SELECT (ops.clock() AT TIME ZONE 'UTC')::date AS day) AS today;
