-- Returns the closing pull of a business day of an office, and whether observations may be carried forward to its end.
SELECT
    e.day_end,
    p.pull_id,
    p.last_page_at,
    inventory.is_carried(%(office_id)s, e.day_end) AS is_carried
FROM inventory.business_day_end(%(office_id)s, %(day)s) AS e (day_end)
LEFT JOIN ops.pull AS p ON p.pull_id = inventory.closing_pull(%(office_id)s, %(day)s);
