-- Returns the observed changes of the stock of a product between two business days, the latest first.
SELECT
    c.observed_at,
    c.office_id,
    coalesce(c.office_name, 'Office ' || c.office_id) AS office_name,
    c.previous_quantity,
    c.quantity,
    c.quantity - c.previous_quantity AS change,
    c.measurement,
    c.reason,
    c.source
FROM mart.office AS o
INNER JOIN mart.inventory_change AS c ON o.office_id = c.office_id
WHERE
    c.product_id = %(product)s::bigint
    AND (%(office)s::bigint IS NULL OR o.office_id = %(office)s::bigint)
    -- Compared as instants, so that partitions of other months are not read.
    AND c.observed_at >= coalesce(%(first_day)s::date, '-infinity'::date)::timestamp AT TIME ZONE o.time_zone
    AND c.observed_at < coalesce(%(last_day)s::date + 1, 'infinity'::date)::timestamp AT TIME ZONE o.time_zone
ORDER BY c.observed_at DESC, c.office_id
LIMIT %(limit)s OFFSET %(offset)s;
