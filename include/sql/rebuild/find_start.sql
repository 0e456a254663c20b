-- Returns where a rebuild has to start so that it splits no pull: at or before the given instant, and before every pull
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
