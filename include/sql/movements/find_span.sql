-- Returns the number of due products and the span of business days of their changes; NULL days where none is due.
SELECT
    count(*) AS products,
    min(d.from_day) AS first_day,
    greatest(
        max(d.from_day),
        -- The latest date in any time zone at that time.
        ((SELECT max(c.observed_at) FROM inventory.stock_change AS c) AT TIME ZONE 'UTC')::date + 1
    ) AS last_day
FROM due_movement AS d;
