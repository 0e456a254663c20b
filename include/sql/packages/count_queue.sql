-- Counts the packages and lists that are due for refresh, and those among them that wait after an unusable answer.
SELECT
    count(*) AS left_over,
    count(*) FILTER (WHERE n.not_before > ops.clock()) AS waiting
FROM ops.package_refresh_queue AS n;
