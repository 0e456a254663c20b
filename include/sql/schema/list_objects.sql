-- Returns functions and views by name, with the signatures that DROP requires: every function of a name, whatever its
-- parameters.
SELECT 'VIEW' AS kind, format('%%I.%%I', n.nspname, c.relname) AS signature
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE c.relkind = 'v' AND n.nspname || '.' || c.relname = ANY(%(names)s)
UNION ALL
SELECT 'FUNCTION', p.oid::regprocedure::text
FROM pg_proc AS p
INNER JOIN pg_namespace AS n ON p.pronamespace = n.oid
WHERE n.nspname || '.' || p.proname = ANY(%(names)s);
