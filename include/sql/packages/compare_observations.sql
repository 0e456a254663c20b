-- Lists the observations of each package in the order of time, each compared with the one before it. Of one second, the
-- later pull wins.
INSERT INTO package_event
WITH moment AS (
    -- The baseline: what was valid before the first new observation.
    SELECT
        t.package_id,
        NULL::timestamptz AS observed_at,
        NULL::bigint AS pull_id,
        true AS is_baseline,
        t.replay_from AS before
    FROM touched_package AS t
    UNION ALL
    -- Observations stored since then, only where new ones are late-arriving. Page presence is read once, however many
    -- packages are replayed. The ORDER BYs only make the planner use the keys.
    SELECT item.package_id, s.observed_at, s.pull_id, false, s.observed_at + interval '1 microsecond'
    FROM (SELECT min(d.replay_from) AS replay_from FROM touched_package AS d WHERE d.is_late_arriving) AS l
    CROSS JOIN LATERAL (
        SELECT g.*
        FROM inventory.package_presence AS g
        WHERE g.observed_at >= l.replay_from
        ORDER BY g.observed_at
    ) AS s
    CROSS JOIN LATERAL unnest(s.package_ids) AS item (package_id)
    CROSS JOIN LATERAL (
        SELECT d.replay_from
        FROM touched_package AS d
        WHERE d.package_id = item.package_id AND d.is_late_arriving
        ORDER BY d.package_id
        LIMIT 1
    ) AS t
    WHERE t.replay_from <= s.observed_at
),

observation AS (
    SELECT
        n.*,
        false AS is_baseline,
        NULL::timestamptz AS panel_from,
        NULL::timestamptz AS attributes_from
    FROM staged_package AS n
    UNION ALL
    SELECT
        m.package_id, coalesce(m.observed_at, k.valid_from), m.pull_id, NULL, k.attributes_from IS NULL,
        a.product_id, a.uid, a.source_uid, a.vendor, a.batch_id, a.harvest_production_date, a.packaged_date,
        a.check_in_date, a.best_by, a.tested_date, a.checked_in_to, a.measurement, a.checked_in_quantity,
        a.checked_in_unit, a.available_unit, a.checked_in, a.unknown,
        k.available_quantity, k.available_in_office, k.available,
        coalesce(p.analyte_ids, '{}'), coalesce(p.measurement_codes, '{}'), coalesce(p.potencies, '{}'),
        p.unknown AS lab_unknown, m.is_baseline, p.valid_from, k.attributes_from
    FROM moment AS m
    CROSS JOIN LATERAL (
        SELECT b.*
        FROM inventory.package_state AS b
        WHERE b.package_id = m.package_id AND b.valid_from < m.before
        ORDER BY b.valid_from DESC
        LIMIT 1
    ) AS k
    LEFT JOIN LATERAL (
        SELECT b.*
        FROM inventory.package_attributes AS b
        WHERE b.package_id = m.package_id AND b.valid_from = k.attributes_from
        ORDER BY b.valid_from
        LIMIT 1
    ) AS a ON true
    LEFT JOIN LATERAL (
        SELECT b.*
        FROM inventory.lab_panel AS b
        WHERE b.package_id = m.package_id AND b.valid_from < m.before
        ORDER BY b.valid_from DESC
        LIMIT 1
    ) AS p ON true
),

latest AS (
    SELECT DISTINCT ON (o.package_id, o.observed_at) o.*
    FROM observation AS o
    ORDER BY o.package_id, o.observed_at, o.pull_id DESC, o.page DESC
),

described AS (
    SELECT
        l.*,
        CASE
            WHEN NOT l.is_gone
                THEN (
                    l.product_id, l.uid, l.source_uid, l.vendor, l.batch_id, l.harvest_production_date, l.packaged_date,
                    l.check_in_date, l.best_by, l.tested_date, l.checked_in_to, l.measurement, l.checked_in_quantity,
                    l.checked_in_unit, l.available_unit, l.checked_in, l.unknown
                )
        END AS attributes,
        (l.available_quantity, l.available_in_office, l.available) AS quantities,
        CASE
            WHEN l.analyte_ids <> '{}'
                THEN (
                    l.analyte_ids, l.measurement_codes, l.potencies, l.lab_unknown, l.tested_date, l.product_id, l.uid,
                    l.vendor, l.batch_id
                )
        END AS panel
    FROM latest AS l
),

compared AS (
    SELECT
        d.*,
        NOT d.is_baseline AND (d.attributes IS DISTINCT FROM lag(d.attributes) OVER by_time) AS attributes_differ,
        NOT d.is_baseline AND (d.quantities IS DISTINCT FROM lag(d.quantities) OVER by_time) AS quantities_differ,
        NOT d.is_baseline AND (d.panel IS DISTINCT FROM lag(d.panel) OVER by_time) AS panel_differs
    FROM described AS d
    WINDOW by_time AS (PARTITION BY d.package_id ORDER BY d.observed_at)
),

followed AS (
    SELECT
        c.*,
        min(c.observed_at) FILTER (WHERE c.attributes_differ OR c.quantities_differ) OVER later AS next_state_at,
        min(c.observed_at) FILTER (WHERE c.panel_differs) OVER later AS next_panel_at,
        NOT bool_or(c.is_baseline AND c.panel_from IS NOT NULL OR c.panel_differs) OVER earlier AS is_first_panel,
        max(CASE WHEN c.is_baseline THEN c.attributes_from WHEN c.attributes_differ THEN c.observed_at END)
            OVER (PARTITION BY c.package_id ORDER BY c.observed_at) AS last_attributes_from
    FROM compared AS c
    WINDOW
        earlier AS (
            PARTITION BY c.package_id ORDER BY c.observed_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ),
        later AS (
            PARTITION BY c.package_id ORDER BY c.observed_at ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
        )
)

SELECT
    f.package_id, f.observed_at, f.pull_id, f.page, f.is_gone, f.product_id, f.uid, f.source_uid, f.vendor, f.batch_id,
    f.harvest_production_date, f.packaged_date, f.check_in_date, f.best_by, f.tested_date, f.checked_in_to,
    f.measurement, f.checked_in_quantity, f.checked_in_unit, f.available_unit, f.checked_in, f.unknown,
    f.available_quantity, f.available_in_office, f.available, f.analyte_ids, f.measurement_codes, f.potencies,
    f.lab_unknown, f.is_baseline, f.panel_from,
    CASE WHEN NOT f.is_gone THEN f.last_attributes_from END,
    f.attributes_differ AND NOT f.is_gone,
    f.attributes_differ OR f.quantities_differ,
    f.panel_differs,
    f.panel_differs AND coalesce(f.is_first_panel, true),
    f.next_state_at,
    f.next_panel_at,
    max(f.observed_at) OVER (PARTITION BY f.package_id, f.next_state_at)
FROM followed AS f;
