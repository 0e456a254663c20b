-- Returns statements that restore the grants on functions and views. A function is named without its parameters,
-- because they may have changed when it is created again.
WITH granted AS (
    SELECT 'TABLE' AS kind, n.nspname, c.relname AS name, c.relowner AS owner, a.*
    FROM pg_class AS c
    INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
    CROSS JOIN LATERAL aclexplode(c.relacl) AS a
    WHERE c.relkind = 'v'
    UNION ALL
    SELECT 'FUNCTION', n.nspname, p.proname, p.proowner, a.*
    FROM pg_proc AS p
    INNER JOIN pg_namespace AS n ON p.pronamespace = n.oid
    CROSS JOIN LATERAL aclexplode(p.proacl) AS a
)

SELECT
    format(
        'GRANT %%s ON %%s %%I.%%I TO %%s%%s',
        g.privilege_type, g.kind, g.nspname, g.name,
        CASE WHEN g.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
        CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    ) AS statement
FROM granted AS g
WHERE g.nspname || '.' || g.name = ANY(%(names)s) AND g.grantee <> g.owner
UNION ALL
-- A new function is executable by PUBLIC: where that was revoked, it is revoked again.
SELECT DISTINCT format('REVOKE EXECUTE ON FUNCTION %%I.%%I FROM PUBLIC', n.nspname, p.proname)
FROM pg_proc AS p
INNER JOIN pg_namespace AS n ON p.pronamespace = n.oid
WHERE
    n.nspname || '.' || p.proname = ANY(%(names)s) AND p.proacl IS NOT NULL
    AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) AS a WHERE a.grantee = 0);
