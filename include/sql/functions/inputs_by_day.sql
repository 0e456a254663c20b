-- A day is closed once no pull can close it any more, in any of the zones. A pull counts from the first day on whose rows
-- it may have an effect: reasons are in docs/export.md. Instants are binned first, because years have millions of pulls.
CREATE OR REPLACE FUNCTION ops.inputs_by_day(kinds text[], zones text[]) RETURNS TABLE (day date, inputs text)
LANGUAGE sql STABLE AS $$
WITH tolerance AS MATERIALIZED (
    SELECT ops.setting('snapshot_tolerance')::interval AS span
),

input AS (
    SELECT p.first_page_at AS counts_from, p.landed_at, p.decided_at, p.is_rolled_up
    FROM ops.pull AS p
    WHERE p.kind = ANY(kinds) AND p.status IN ('complete', 'incomplete')
    UNION ALL
    SELECT r.start_at, r.finished_at, NULL, true
    FROM ops.rebuild AS r
),

binned AS (
    SELECT
        date_bin('15 minutes', i.counts_from - t.span, 'epoch') AS start_at,
        count(*) AS inputs,
        count(*) FILTER (WHERE i.is_rolled_up) AS rolled_up,
        max(greatest(i.landed_at, i.decided_at)) AS changed_at
    FROM input AS i
    CROSS JOIN tolerance AS t
    GROUP BY 1
),

first_day AS (
    SELECT z.day, sum(b.inputs) AS inputs, sum(b.rolled_up) AS rolled_up, max(b.changed_at) AS changed_at
    FROM binned AS b
    CROSS JOIN LATERAL (SELECT min((b.start_at AT TIME ZONE u.zone)::date) AS day FROM unnest(zones) AS u (zone)) AS z
    GROUP BY z.day
),

closed AS (
    SELECT min(((ops.clock() - t.span) AT TIME ZONE u.zone)::date) - 1 AS last_day
    FROM unnest(zones) AS u (zone)
    CROSS JOIN tolerance AS t
)

SELECT
    d.day::date,
    concat_ws(
        ' ',
        coalesce(sum(f.inputs) OVER so_far, 0),
        coalesce(sum(f.rolled_up) OVER so_far, 0),
        max(f.changed_at) OVER so_far
    )
FROM closed AS c
CROSS JOIN LATERAL generate_series(
    (SELECT min(k.day) FROM first_day AS k)::timestamp, c.last_day::timestamp, interval '1 day'
) AS d (day)
LEFT JOIN first_day AS f ON d.day = f.day
WINDOW so_far AS (ORDER BY d.day)
ORDER BY d.day;
$$;
COMMENT ON FUNCTION ops.inputs_by_day(text[], text[]) IS 'Returns each closed day since the first pull, and what its rows were derived from: the number of pulls of these kinds and of rebuilds up to it, how many of them are rolled up, and when one was last loaded or decided. The rows of a day, or of any before it, change only if this text does. Arguments: kinds of pulls, time zones of the days.';
