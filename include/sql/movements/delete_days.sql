-- Deletes the due days, which are derived again.
ANALYZE due_movement;

DELETE FROM inventory.daily_movement AS m
USING due_movement AS d
WHERE
    m.office_id = d.office_id AND m.product_id = d.product_id AND m.business_date >= d.from_day
    -- Repeats the bound for all products at once, so that the planner prunes partitions.
    AND m.business_date >= (SELECT min(e.from_day) FROM due_movement AS e);
