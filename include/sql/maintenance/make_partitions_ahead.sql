-- Creates the partitions of this month and of the coming ones.
SELECT ops.ensure_partitions(today, (today + make_interval(months => %(months)s))::date) AS made
FROM (SELECT (ops.clock() AT TIME ZONE 'UTC')::date AS today) AS clock;
