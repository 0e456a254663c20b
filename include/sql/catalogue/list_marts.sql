-- Returns every view and function of mart, with its COMMENT and the relations that it reads.
WITH RECURSIVE objects AS (
    SELECT
        c.oid AS object_id,
        c.relname AS object_name,
        '' AS arguments,
        obj_description(c.oid, 'pg_class') AS description
    FROM pg_class AS c
    WHERE c.relnamespace = 'mart'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p')
    UNION ALL
    SELECT
        p.oid AS object_id,
        p.proname AS object_name,
        pg_get_function_identity_arguments(p.oid) AS arguments,
        obj_description(p.oid, 'pg_proc') AS description
    FROM pg_proc AS p
    WHERE p.pronamespace = 'mart'::regnamespace
),

-- A view depends on relations through its rewrite rule, a function directly.
dependency AS (
    SELECT
        coalesce(r.ev_class, d.objid) AS object_id,
        d.refobjid AS referenced_id,
        d.refclassid = 'pg_proc'::regclass AS is_function
    FROM pg_depend AS d
    LEFT JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    WHERE
        d.classid IN ('pg_rewrite'::regclass, 'pg_proc'::regclass)
        AND d.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass)
        AND d.refobjid IS DISTINCT FROM r.ev_class
),

-- Relations read by a function count for its caller; relations read by a view are listed with that view only.
reads AS (
    SELECT
        o.object_id,
        n.referenced_id,
        n.is_function
    FROM objects AS o
    INNER JOIN dependency AS n ON o.object_id = n.object_id
    UNION
    SELECT
        r.object_id,
        n.referenced_id,
        n.is_function
    FROM reads AS r
    INNER JOIN dependency AS n ON r.referenced_id = n.object_id
    WHERE r.is_function
),

named AS (
    SELECT
        r.object_id,
        array_agg(DISTINCT c.relnamespace::regnamespace || '.' || c.relname) AS reads
    FROM reads AS r
    INNER JOIN pg_class AS c ON r.referenced_id = c.oid
    WHERE NOT r.is_function
    GROUP BY r.object_id
)

SELECT
    o.object_name,
    o.arguments,
    coalesce(o.description, '') AS description,
    coalesce(n.reads, '{}') AS reads
FROM objects AS o
LEFT JOIN named AS n ON o.object_id = n.object_id
ORDER BY o.object_name;
