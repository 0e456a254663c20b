-- Returns the packages of a batch, those in stock first.
SELECT
    h.package_id,
    h.uid,
    h.product_id,
    h.product_name,
    h.vendor,
    h.check_in_date,
    h.best_by,
    h.tested_date,
    f.checked_in_quantity,
    f.remaining_quantity,
    f.remaining_unit,
    f.depleted_at,
    f.days_held,
    mart.package_url(h.package_id) AS package_url
FROM mart.package_history AS h
CROSS JOIN LATERAL (
    SELECT l.*
    FROM mart.package_lifecycle AS l
    WHERE l.package_id = h.package_id
    -- An optimisation fence: the few packages are read by key, instead of all lives.
    OFFSET 0 -- noqa: AM09
) AS f
WHERE h.is_current AND h.batch_id COLLATE "C" = %(batch)s::text
ORDER BY f.depleted_at DESC NULLS FIRST, h.check_in_date, h.package_id
LIMIT %(limit)s OFFSET %(offset)s;
