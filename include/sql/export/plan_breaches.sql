-- Returns the closed business days, and what the breaches of each were derived from: the changes of stock of its day and
-- of the days in which a transfer may end, and the dates of check-in. A package that is first fetched after the day has
-- its date for the day, too, so the time of its first version counts from the day on which it was first listed.
WITH dated AS (
    SELECT (l.first_listed_at - interval '1 day')::date AS day, sum(extract(EPOCH FROM f.first_fetched_at)) AS times
    FROM (
        SELECT c.package_id, min(c.observed_at) AS first_listed_at
        FROM inventory.package_change AS c
        GROUP BY c.package_id
    ) AS l
    INNER JOIN (
        SELECT s.package_id, min(s.valid_from) AS first_fetched_at
        FROM inventory.package_state AS s
        GROUP BY s.package_id
    ) AS f ON l.package_id = f.package_id
    GROUP BY (l.first_listed_at - interval '1 day')::date
),

package_day AS (
    SELECT i.day, i.inputs
    FROM ops.inputs_by_day(ARRAY['packages', 'package'], inventory.time_zones()) AS i
),

stock_day AS (
    SELECT i.day, i.inputs
    FROM ops.inputs_by_day(ARRAY['office', 'updated', 'product'], inventory.time_zones()) AS i
)

SELECT
    s.day,
    concat_ws(
        ' ',
        t.inputs,
        p.inputs,
        sum(d.times) OVER (ORDER BY s.day)
    ) AS inputs
FROM stock_day AS s
-- The last day on which a transfer may end, or the last day so far.
INNER JOIN stock_day AS t
    ON
        t.day = least(
            s.day + (SELECT ceil(extract(EPOCH FROM ops.setting('transfer_window')::interval) / 86400)::integer + 1),
            (SELECT max(m.day) FROM stock_day AS m)
        )
LEFT JOIN package_day AS p ON s.day = p.day
LEFT JOIN dated AS d ON s.day = d.day
ORDER BY s.day;
