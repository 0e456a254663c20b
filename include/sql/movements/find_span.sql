-- How many products are due, and from which to which business day their changes may be; no days where none is due.
SELECT
    count(*) AS products,
    min(d.from_day) AS first_day,
    greatest(
        max(d.from_day),
        -- The day it is anywhere on earth when it is this day in UTC.
        ((SELECT max(c.observed_at) FROM inventory.stock_change AS c) AT TIME ZONE 'UTC')::date + 1
    ) AS last_day
FROM due_movement AS d;
