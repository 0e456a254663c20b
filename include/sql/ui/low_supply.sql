-- Returns products that an office still has, and how long they last while they are in stock; the shortest first.
SELECT
    d.office_id,
    coalesce(d.office_name, 'Office ' || d.office_id) AS office_name,
    d.product_id,
    coalesce(d.product_name, 'Product ' || d.product_id) AS product_name,
    d.quantity,
    d.measurement,
    round(d.in_stock_days_of_supply, 1) AS days_of_supply,
    round(d.in_stock_depletion_per_day, 2) AS depletion_per_day,
    d.days_in_stock,
    d.window_days
FROM mart.days_of_supply AS d
WHERE
    d.quantity > 0
    AND d.in_stock_days_of_supply IS NOT NULL
    AND (%(office)s::bigint IS NULL OR d.office_id = %(office)s::bigint)
ORDER BY d.in_stock_days_of_supply, d.office_id, d.product_id
LIMIT %(limit)s OFFSET %(offset)s;
