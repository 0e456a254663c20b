-- Returns offices whose name contains a text, or whose id is this number.
SELECT
    o.office_id AS id,
    coalesce(o.office_name, 'Office ' || o.office_id) AS name
FROM mart.office AS o
WHERE
    %(search)s::text IS NULL
    OR strpos(lower(o.office_name), lower(%(search)s)) > 0
    OR o.office_id::text = %(search)s
ORDER BY name, id
LIMIT %(limit)s OFFSET %(offset)s;
