-- Constraints that say that each version ends where the next one begins: table, name, definition.
SELECT c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid)
FROM pg_constraint AS c
INNER JOIN pg_namespace AS n ON c.connamespace = n.oid
WHERE n.nspname = 'inventory' AND c.contype = 'f' AND c.conrelid = c.confrelid
ORDER BY 1;
