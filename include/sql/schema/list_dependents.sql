-- Lists a function or view of this project and all that directly or indirectly depend on it. A view depends through its
-- rewrite rule.
WITH RECURSIVE dependent AS (
    SELECT 'pg_class'::regclass AS class_id, c.oid AS object_id
    FROM pg_class AS c
    INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
    WHERE c.relkind = 'v' AND n.nspname || '.' || c.relname = %(name)s
    UNION
    SELECT 'pg_proc'::regclass, p.oid
    FROM pg_proc AS p
    INNER JOIN pg_namespace AS n ON p.pronamespace = n.oid
    WHERE n.nspname || '.' || p.proname = %(name)s
    UNION
    SELECT
        CASE WHEN r.oid IS NULL THEN d.classid ELSE 'pg_class'::regclass END,
        coalesce(r.ev_class, d.objid)
    FROM dependent AS b
    INNER JOIN pg_depend AS d ON b.class_id = d.refclassid AND b.object_id = d.refobjid
    LEFT JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
    WHERE d.classid IN ('pg_proc'::regclass, 'pg_rewrite'::regclass)
)

SELECT DISTINCT n.nspname || '.' || coalesce(c.relname, p.proname) AS name
FROM dependent AS d
LEFT JOIN pg_class AS c ON d.class_id = 'pg_class'::regclass AND d.object_id = c.oid
LEFT JOIN pg_proc AS p ON d.class_id = 'pg_proc'::regclass AND d.object_id = p.oid
INNER JOIN pg_namespace AS n ON coalesce(c.relnamespace, p.pronamespace) = n.oid
INNER JOIN ops.definition AS f ON n.nspname || '.' || coalesce(c.relname, p.proname) = f.name;
