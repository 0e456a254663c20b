-- Inserts the initial value of settings that the warehouse does not have yet.
INSERT INTO ops.setting (name, value)
SELECT new.name, new.value
FROM unnest(%(names)s::text[], %(values)s::text[]) AS new (name, value)
ORDER BY new.name
ON CONFLICT (name) DO NOTHING;
