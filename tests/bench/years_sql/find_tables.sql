-- Tables that hold rows, partitions one by one, the largest first.
SELECT c.oid::regclass::text
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
WHERE n.nspname IN ('inventory', 'ops') AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0
ORDER BY pg_relation_size(c.oid) DESC;
