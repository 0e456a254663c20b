-- Returns the pulls of the last 24 hours, by kind.
SELECT
    p.kind,
    count(*) AS pulls,
    count(*) FILTER (WHERE p.status = 'complete') AS complete,
    count(*) FILTER (WHERE p.status = 'incomplete') AS incomplete,
    count(*) FILTER (WHERE p.status = 'failed') AS failed,
    sum(p.requests)::bigint AS requests,
    sum(p.changes)::bigint AS changes,
    (array_agg(p.problem ORDER BY p.pull_id DESC) FILTER (WHERE p.problem IS NOT NULL))[1] AS last_problem
FROM mart.pull AS p
WHERE p.started_at > %(now)s::timestamptz - interval '24 hours'
GROUP BY p.kind
ORDER BY p.kind
LIMIT %(limit)s OFFSET %(offset)s;
