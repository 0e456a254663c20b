-- Writes the settings that differ from those in the warehouse, and deletes settings of other names, such as offices
-- that no longer have a time zone of their own. In the order of names, so that two processes cannot deadlock.
WITH removed AS (
    DELETE FROM ops.setting AS s
    WHERE s.name <> all(%(names)s::text[])
)

INSERT INTO ops.setting AS s (name, value)
SELECT new.name, new.value
FROM unnest(%(names)s::text[], %(values)s::text[]) AS new (name, value)
LEFT JOIN ops.setting AS old ON new.name = old.name
WHERE old.value IS DISTINCT FROM new.value
ORDER BY new.name
ON CONFLICT (name) DO UPDATE SET value = excluded.value, changed_at = clock_timestamp()
WHERE s.value <> excluded.value;
