-- Where a rebuild has to start so that no pull is cut in two: at or before the instant asked for, and before every pull
-- that reaches beyond it.
WITH RECURSIVE start AS (
    SELECT %(instant)s::timestamptz AS at
    UNION
    SELECT least(s.at, (
        SELECT min(p.first_page_at)
        FROM ops.pull AS p
        WHERE p.kind <> 'reference' AND p.status IN ('complete', 'incomplete') AND p.last_page_at >= s.at
    ))
    FROM start AS s
)

SELECT min(s.at) AS start_at
FROM start AS s;
