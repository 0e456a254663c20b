-- Inserts the snapshot of a day without a closing pull: the last observation of each product at or before its end.
INSERT INTO inventory.daily_stock (
    snapshot_date, office_id, product_id, measurement, quantity, package_count, package_quantity, basis, observed_at
)
SELECT
    %(day)s, %(office_id)s, k.product_id, k.measurement, k.quantity, k.package_count, k.package_quantity,
    'carried_forward', k.observed_at
FROM inventory.state_as_of(%(office_id)s, %(day_end)s) AS k
WHERE
    k.was_above_zero
    AND (
        k.quantity <> 0
        -- Subqueries: the settings are read once, not for every product at 0.
        OR %(day)s::date < (k.zero_since AT TIME ZONE (SELECT inventory.time_zone(%(office_id)s)))::date
        + (SELECT ops.setting('zero_rows_days')::integer)
    );
