-- Writes settings that differ from what the warehouse keeps. In the order of names, so that two processes wait for each
-- other instead of blocking each other.
INSERT INTO ops.setting AS s (name, value)
SELECT new.name, new.value
FROM unnest(%(names)s::text[], %(values)s::text[]) AS new (name, value)
LEFT JOIN ops.setting AS old ON new.name = old.name
WHERE old.value IS DISTINCT FROM new.value
ORDER BY new.name
ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = clock_timestamp()
WHERE s.value <> excluded.value;
