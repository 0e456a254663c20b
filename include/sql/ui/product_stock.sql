-- Returns the last known stock of a product in each office that ever listed it, and how long it lasts.
SELECT
    c.office_id,
    coalesce(c.office_name, 'Office ' || c.office_id) AS office_name,
    c.quantity,
    c.measurement,
    c.package_count,
    round(d.in_stock_days_of_supply, 1) AS days_of_supply,
    round(d.in_stock_depletion_per_day, 2) AS depletion_per_day,
    d.window_days,
    c.observed_at,
    c.changed_at
FROM mart.inventory_current AS c
LEFT JOIN mart.days_of_supply AS d ON c.office_id = d.office_id AND c.product_id = d.product_id
WHERE
    c.product_id = %(product)s::bigint
    AND (%(office)s::bigint IS NULL OR c.office_id = %(office)s::bigint)
ORDER BY office_name, c.office_id
LIMIT %(limit)s OFFSET %(offset)s;
