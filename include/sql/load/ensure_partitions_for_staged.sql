-- Creates the partitions for the staged rows that do not exist yet.
SELECT ops.ensure_partitions(span.first_day, span.last_day)
FROM (
    SELECT
        (min(s.observed_at) AT TIME ZONE 'UTC')::date AS first_day,
        (max(s.observed_at) AT TIME ZONE 'UTC')::date AS last_day
    FROM staged_item AS s
) AS span
WHERE span.first_day IS NOT NULL;
