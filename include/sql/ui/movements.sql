-- Returns the increase and the depletion of a product on each business day, by office.
SELECT
    m.business_date,
    m.office_id,
    coalesce(m.office_name, 'Office ' || m.office_id) AS office_name,
    m.product_id,
    coalesce(m.product_name, 'Product ' || m.product_id) AS product_name,
    m.measurement,
    m.opening,
    m.increase,
    m.depletion,
    m.closing
FROM mart.stock_movement_daily AS m
WHERE
    (%(office)s::bigint IS NULL OR m.office_id = %(office)s::bigint)
    AND (%(product)s::bigint IS NULL OR m.product_id = %(product)s::bigint)
    AND (%(first_day)s::date IS NULL OR m.business_date >= %(first_day)s::date)
    AND (%(last_day)s::date IS NULL OR m.business_date <= %(last_day)s::date)
ORDER BY m.measurement, m.office_id, m.product_id, m.business_date
LIMIT %(limit)s OFFSET %(offset)s;
