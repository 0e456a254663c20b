-- Removes settings of other names: offices that no longer have a time zone of their own.
DELETE FROM ops.setting AS s
WHERE s.name <> all(%(names)s::text[]);
