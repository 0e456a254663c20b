-- Returns products whose stock in an office ended within the last seven days, and did not return; the latest first.
WITH latest AS (
    SELECT DISTINCT ON (m.office_id, m.product_id) m.*
    FROM mart.stock_movement_daily AS m
    WHERE
        m.business_date >= (%(now)s::timestamptz AT TIME ZONE 'UTC')::date - 7
        AND (%(office)s::bigint IS NULL OR m.office_id = %(office)s::bigint)
    ORDER BY m.office_id, m.product_id, m.business_date DESC, m.closing DESC
)

SELECT
    l.business_date,
    l.office_id,
    coalesce(l.office_name, 'Office ' || l.office_id) AS office_name,
    l.product_id,
    coalesce(l.product_name, 'Product ' || l.product_id) AS product_name,
    l.opening,
    l.depletion,
    l.closing,
    l.measurement
FROM latest AS l
WHERE l.closing <= 0 AND l.depletion > 0
ORDER BY l.business_date DESC, l.office_id, l.product_id
LIMIT %(limit)s OFFSET %(offset)s;
