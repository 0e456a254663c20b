-- Returns packages, batches, vendors and products to choose from. Of packages and batches, those whose tag or id begins
-- with the text; of vendors and products, those whose name contains it. A package is also found by its id.
WITH RECURSIVE vendor AS (
    -- A step in the index for each vendor: a DISTINCT would read all packages.
    (
        SELECT a.vendor AS name
        FROM mart.package_history AS a
        WHERE a.is_current AND a.vendor IS NOT NULL
        ORDER BY a.vendor
        LIMIT 1
    )
    UNION ALL
    SELECT n.vendor
    FROM vendor AS v
    CROSS JOIN LATERAL (
        SELECT b.vendor
        FROM mart.package_history AS b
        WHERE b.is_current AND b.vendor > v.name
        ORDER BY b.vendor
        LIMIT 1
    ) AS n
),

typed AS (
    SELECT DISTINCT
        t.prefix,
        -- The greatest character: by bytes, every text that begins with the prefix is before it.
        t.prefix || chr(1114111) AS beyond
    FROM unnest(ARRAY[btrim(%(search)s::text), upper(btrim(%(search)s::text))]) AS t (prefix)
    WHERE t.prefix <> ''
),

hit AS (
    SELECT
        1 AS place,
        'package' AS kind,
        n.id::text AS value,
        NULL AS tag,
        NULL AS detail
    FROM (
        SELECT CASE WHEN btrim(%(search)s::text) ~ '^\d{1,18}$' THEN btrim(%(search)s::text)::bigint END AS id
    ) AS n
    WHERE
        EXISTS (SELECT FROM mart.package_history AS h WHERE h.package_id = n.id)
        OR EXISTS (SELECT FROM mart.package_change AS c WHERE c.package_id = n.id)
    UNION ALL
    SELECT
        2,
        'package',
        u.package_id::text,
        u.uid,
        u.product_name
    FROM typed AS t
    CROSS JOIN LATERAL (
        -- In the order of the index, so that a short text does not read all packages.
        SELECT
            h.package_id,
            h.uid,
            h.product_name
        FROM mart.package_history AS h
        WHERE h.is_current AND h.uid COLLATE "C" >= t.prefix AND h.uid COLLATE "C" < t.beyond
        ORDER BY h.uid COLLATE "C", h.package_id
        LIMIT 5
    ) AS u
    UNION ALL
    -- A whole tag is also found where the API no longer knows its package, or it has another tag today.
    SELECT
        2,
        'package',
        h.package_id::text,
        h.uid,
        h.product_name
    FROM typed AS t
    INNER JOIN mart.package_history AS h ON t.prefix = h.uid
    UNION ALL
    SELECT
        3,
        'batch',
        b.batch_id,
        NULL,
        NULL
    FROM typed AS t
    CROSS JOIN LATERAL (
        SELECT h.batch_id
        FROM mart.package_history AS h
        WHERE h.is_current AND h.batch_id COLLATE "C" >= t.prefix AND h.batch_id COLLATE "C" < t.beyond
        GROUP BY h.batch_id COLLATE "C", h.batch_id
        ORDER BY h.batch_id COLLATE "C"
        LIMIT 5
    ) AS b
    UNION ALL
    SELECT
        4,
        'vendor',
        v.name,
        NULL,
        NULL
    FROM vendor AS v
    WHERE strpos(lower(v.name), lower(btrim(coalesce(%(search)s::text, '')))) > 0
    UNION ALL
    SELECT
        5,
        'product',
        p.product_id::text,
        p.product_name,
        p.category
    FROM mart.product AS p
    WHERE
        %(search)s::text <> '' AND (
            strpos(lower(p.product_name), lower(btrim(%(search)s::text))) > 0
            OR p.product_id::text = btrim(%(search)s::text)
        )
)

SELECT DISTINCT ON (h.place, h.tag, h.value)
    h.kind || ' ' || h.value AS id,
    h.kind,
    h.value,
    coalesce(h.tag, CASE h.kind WHEN 'package' THEN 'Package ' || h.value ELSE h.value END) AS name,
    h.detail
FROM hit AS h
ORDER BY h.place, h.tag, h.value
LIMIT %(limit)s OFFSET %(offset)s;
