-- For a rebuild: marks every product of every office as due from the business day of an instant on.
INSERT INTO due_movement
SELECT o.office_id, k.product_id, o.from_day, o.from_day::timestamp AT TIME ZONE o.time_zone, o.time_zone
FROM (
    SELECT
        z.office_id,
        z.time_zone,
        (%(start_at)s::timestamptz AT TIME ZONE z.time_zone)::date AS from_day
    FROM (SELECT w.office_id, inventory.time_zone(w.office_id) AS time_zone FROM inventory.office AS w) AS z
) AS o
CROSS JOIN LATERAL (
    SELECT s.product_id
    FROM inventory.stock AS s
    WHERE s.office_id = o.office_id
    UNION
    -- Products whose rows in the change log are gone.
    SELECT m.product_id
    FROM inventory.daily_movement AS m
    WHERE m.office_id = o.office_id AND m.business_date >= o.from_day
) AS k;
