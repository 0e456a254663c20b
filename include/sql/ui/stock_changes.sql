-- Returns every observed change of the stock of a product, by office; local_time is the time in the office's zone.
SELECT
    c.observed_at,
    to_char(c.observed_at AT TIME ZONE o.time_zone, 'YYYY-MM-DD"T"HH24:MI:SS') AS local_time,
    o.time_zone,
    c.office_id,
    coalesce(c.office_name, 'Office ' || c.office_id) AS office_name,
    c.product_id,
    coalesce(c.product_name, 'Product ' || c.product_id) AS product_name,
    c.measurement,
    c.quantity,
    c.previous_quantity,
    c.reason,
    c.source
FROM mart.office AS o
INNER JOIN mart.inventory_change AS c ON o.office_id = c.office_id
WHERE
    (%(office)s::bigint IS NULL OR o.office_id = %(office)s::bigint)
    AND (%(product)s::bigint IS NULL OR c.product_id = %(product)s::bigint)
    -- Compared as instants, so that partitions of other months are not read.
    AND c.observed_at >= coalesce(%(first_day)s::date, '-infinity'::date)::timestamp AT TIME ZONE o.time_zone
    AND c.observed_at < coalesce(%(last_day)s::date + 1, 'infinity'::date)::timestamp AT TIME ZONE o.time_zone
ORDER BY c.measurement, c.office_id, c.product_id, c.observed_at
LIMIT %(limit)s OFFSET %(offset)s;
