-- How many packages and lists are still to be looked at, and how many of them wait because an answer could not be used.
SELECT
    count(*) AS left_over,
    count(*) FILTER (WHERE n.not_before > ops.clock()) AS waiting
FROM ops.package_refresh_queue AS n;
