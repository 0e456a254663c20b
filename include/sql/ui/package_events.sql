-- Returns the life of a package, event by event. Consecutive decreases in an office are one row, and so are increases.
-- An event that the API dates has a day and no time; all others have the time at which they were observed.
WITH step AS (
    SELECT
        c.office_id,
        c.office_name,
        c.observed_at,
        c.quantity,
        c.previous_quantity,
        CASE
            WHEN c.previous_quantity IS NULL THEN 'listed'
            WHEN c.quantity < c.previous_quantity THEN 'decreased'
            ELSE 'increased'
        END AS event
    FROM mart.package_change AS c
    WHERE c.package_id = %(package)s::bigint
),

turned AS (
    SELECT
        s.*,
        coalesce(s.event <> lag(s.event) OVER (PARTITION BY s.office_id ORDER BY s.observed_at), true) AS is_turn
    FROM step AS s
),

run AS (
    SELECT
        t.*,
        count(*) FILTER (WHERE t.is_turn) OVER (PARTITION BY t.office_id ORDER BY t.observed_at) AS run
    FROM turned AS t
),

life AS (
    SELECT
        f.*,
        h.checked_in_to,
        h.valid_to,
        h.measurement,
        coalesce(o.time_zone, 'UTC') AS time_zone,
        coalesce(o.office_name, 'Office ' || h.checked_in_to) AS office_name
    FROM mart.package_lifecycle AS f
    CROSS JOIN LATERAL (
        SELECT v.*
        FROM mart.package_history AS v
        WHERE v.package_id = f.package_id
        ORDER BY v.valid_from DESC
        LIMIT 1
    ) AS h
    LEFT JOIN mart.office AS o ON h.checked_in_to = o.office_id
    WHERE f.package_id = %(package)s::bigint
),

version AS (
    SELECT
        h.valid_from,
        jsonb_build_object(
            'product', h.product_id, 'tag', h.uid, 'vendor', h.vendor, 'batch', h.batch_id, 'best by', h.best_by,
            'check-in', h.check_in_date, 'measurement', h.measurement
        ) AS fields
    FROM mart.package_history AS h
    WHERE h.package_id = %(package)s::bigint
),

relabelled AS (
    SELECT
        p.valid_from,
        string_agg(
            format('%%s: %%s → %%s', n.key, coalesce(p.before ->> n.key, 'none'), coalesce(n.value #>> '{}', 'none')),
            '; ' ORDER BY n.key
        ) AS note
    FROM (
        SELECT
            v.valid_from,
            v.fields,
            lag(v.fields) OVER (ORDER BY v.valid_from) AS before
        FROM version AS v
    ) AS p
    CROSS JOIN LATERAL jsonb_each(p.fields) AS n
    WHERE p.before IS NOT NULL AND n.value <> p.before -> n.key
    GROUP BY p.valid_from
),

event AS (
    SELECT
        1 AS turn,
        'checked_in' AS event,
        l.check_in_date AS day,
        l.check_in_date::timestamp AT TIME ZONE l.time_zone AS sorted_at,
        NULL::timestamptz AS at,
        NULL::timestamptz AS until,
        l.office_name,
        NULL AS to_office_name,
        NULL::numeric AS quantity_before,
        l.checked_in_quantity AS quantity_after,
        NULL::bigint AS changes,
        l.checked_in_unit AS note
    FROM life AS l
    WHERE l.check_in_date IS NOT NULL
    UNION ALL
    SELECT
        2,
        'first_seen',
        NULL,
        l.first_seen_at AS sorted_at,
        l.first_seen_at AS at,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL
    FROM life AS l
    UNION ALL
    SELECT
        3,
        r.event,
        NULL,
        min(r.observed_at) AS sorted_at,
        min(r.observed_at) AS at,
        nullif(max(r.observed_at), min(r.observed_at)),
        coalesce(r.office_name, 'Office ' || r.office_id),
        NULL,
        (array_agg(r.previous_quantity ORDER BY r.observed_at))[1],
        (array_agg(r.quantity ORDER BY r.observed_at DESC))[1],
        count(*),
        NULL
    FROM run AS r
    GROUP BY r.office_id, r.office_name, r.run, r.event
    UNION ALL
    SELECT
        4,
        'moved',
        NULL,
        t.observed_at AS sorted_at,
        t.observed_at AS at,
        NULL,
        coalesce(t.from_office_name, 'Office ' || t.from_office_id),
        coalesce(t.to_office_name, 'Office ' || t.to_office_id),
        NULL,
        t.quantity,
        NULL,
        NULL
    FROM mart.transfer_inferred AS t
    WHERE t.package_id = %(package)s::bigint
    UNION ALL
    SELECT
        5,
        CASE r.event WHEN 'first_seen' THEN 'lab_results' ELSE r.event END,
        NULL,
        r.valid_from AS sorted_at,
        r.valid_from AS at,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        count(*),
        string_agg(r.analyte_name, ', ' ORDER BY r.analyte_name, r.measurement_code)
    FROM mart.lab_result AS r
    WHERE r.package_id = %(package)s::bigint AND r.event <> 'relabelled'
    GROUP BY r.valid_from, r.event
    UNION ALL
    SELECT
        6,
        'relabelled',
        NULL,
        r.valid_from AS sorted_at,
        r.valid_from AS at,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        r.note
    FROM relabelled AS r
    UNION ALL
    SELECT
        7,
        'depleted',
        NULL,
        l.depleted_at AS sorted_at,
        l.depleted_at AS at,
        NULL,
        NULL,
        NULL,
        NULL,
        0,
        NULL,
        NULL
    FROM life AS l
    WHERE l.depleted_at IS NOT NULL
    UNION ALL
    SELECT
        8,
        'gone',
        NULL,
        l.valid_to AS sorted_at,
        l.valid_to AS at,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL
    FROM life AS l
    WHERE NOT l.is_known
    UNION ALL
    SELECT
        9,
        'best_by',
        l.best_by,
        (l.best_by + 1)::timestamp AT TIME ZONE l.time_zone,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL,
        NULL
    FROM life AS l
    WHERE l.best_by IS NOT NULL
)

SELECT
    e.event,
    e.day,
    e.at,
    e.until,
    e.office_name,
    e.to_office_name,
    e.quantity_before,
    e.quantity_after,
    e.changes,
    e.note
FROM event AS e
ORDER BY e.sorted_at, e.turn, e.office_name, e.to_office_name, e.until
LIMIT %(limit)s OFFSET %(offset)s;
