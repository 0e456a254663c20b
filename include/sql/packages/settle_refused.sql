-- Postpones packages whose answer could not be used and fetches that the API refused: by one hour, then by two, and so
-- on up to a day.
UPDATE ops.package_refresh_queue AS n
SET
    tries = n.tries + 1,
    claimed_by = NULL,
    pull_id = NULL,
    not_before = ops.clock() + make_interval(hours => least(1 << least(n.tries, 5), 24))
FROM (
    SELECT r.pull_id, r.product_id, r.package_id
    FROM staged_refusal AS r
    WHERE r.field IS NULL
    UNION
    SELECT l.pull_id, l.product_id, l.package_id
    FROM staged_fetch AS l
    WHERE l.is_refused
) AS refused
WHERE
    n.pull_id = refused.pull_id AND n.product_id = refused.product_id
    AND (n.package_id = refused.package_id OR (refused.package_id IS NULL AND NOT n.by_id));
