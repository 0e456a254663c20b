-- Days whose snapshots are beyond their retention are no longer published, so that nothing publishes them again.
DELETE FROM ops.publication AS p
WHERE
    p.snapshot_date < date_trunc(
        'month', (ops.clock() AT TIME ZONE 'UTC')::date - make_interval(days => %(snapshot_days)s)
    )::date;
