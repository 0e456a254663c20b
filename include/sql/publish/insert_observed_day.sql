-- Inserts the snapshot of a day with a closing pull: each product as that pull lists it, and those proven absent at 0.
-- The closing pull does not show what it quarantined: that is carried forward.
WITH pull AS (
    SELECT p.pull_id, p.first_page_at, p.last_page_at
    FROM ops.pull AS p
    WHERE p.pull_id = %(pull_id)s
),

listed AS (
    SELECT i.product_id, max(i.observed_at) AS listed_at
    FROM (
        SELECT item.product_id, s.observed_at  -- once each: the pull is complete
        FROM pull AS p
        INNER JOIN inventory.page_presence AS s ON p.pull_id = s.pull_id
        CROSS JOIN LATERAL unnest(s.product_ids) AS item (product_id)
        WHERE s.office_id = %(office_id)s AND s.observed_at BETWEEN p.first_page_at AND p.last_page_at
        UNION ALL
        -- Quarantined: received, but not listed.
        SELECT q.product_id, NULL
        FROM ops.quarantine AS q
        WHERE q.pull_id = %(pull_id)s AND q.counted AND q.office_id = %(office_id)s
    ) AS i
    GROUP BY i.product_id
),

-- A full join hashes or sorts; other joins could become nested loops where statistics do not cover the office.
-- Materialized, because a condition pushed in from outside could turn it into another join.
known AS MATERIALIZED (
    SELECT k.*, l.listed_at, l.product_id IS NOT NULL AS was_met
    FROM listed AS l
    FULL JOIN (
        SELECT
            s.product_id, s.changed_at, s.measurement, s.quantity, s.zero_since, s.was_above_zero,
            CASE WHEN s.packages_known THEN cardinality(s.package_ids) END AS package_count,
            CASE WHEN s.packages_known THEN s.package_quantity END AS package_quantity
        FROM inventory.stock AS s
        WHERE s.office_id = %(office_id)s
    ) AS k ON l.product_id = k.product_id
),

-- A product that the pull did not list is absent at its last page, unless it was quarantined or not known yet.
shown AS (
    SELECT
        k.*,
        coalesce(k.listed_at, p.last_page_at) AS shown_at,
        k.was_met AND k.listed_at IS NULL AS in_quarantine
    FROM known AS k
    CROSS JOIN pull AS p
    WHERE k.product_id IS NOT NULL
),

-- Current stock is the state at that time, unless it has changed since. In two parts, so that the change log is read for
-- changed products only.
state AS MATERIALIZED (
    SELECT
        s.product_id, s.shown_at, s.in_quarantine, s.measurement, s.quantity, s.package_count, s.package_quantity,
        s.zero_since, s.was_above_zero
    FROM shown AS s
    WHERE s.changed_at <= s.shown_at
    UNION ALL
    SELECT
        s.product_id, s.shown_at, s.in_quarantine, c.measurement, c.quantity,
        CASE WHEN c.packages_known THEN cardinality(c.package_ids) END,
        CASE WHEN c.packages_known THEN (SELECT coalesce(sum(p.q), 0) FROM unnest(c.package_quantities) AS p (q)) END,
        c.zero_since, c.was_above_zero
    FROM shown AS s
    CROSS JOIN LATERAL (
        SELECT v.*
        FROM inventory.stock_change AS v
        WHERE v.office_id = %(office_id)s AND v.product_id = s.product_id AND v.observed_at <= s.shown_at
        ORDER BY v.observed_at DESC
        LIMIT 1
    ) AS c
    WHERE s.changed_at > s.shown_at
),

-- Computed once for all products, and only where any was quarantined.
carried AS MATERIALIZED (
    SELECT s.*, a.observed_at AS last_seen_at
    FROM (SELECT t.* FROM state AS t WHERE t.in_quarantine) AS s
    FULL JOIN (
        SELECT l.product_id, l.observed_at
        FROM pull AS p
        CROSS JOIN LATERAL inventory.last_seen(%(office_id)s, p.last_page_at) AS l
        WHERE (SELECT bool_or(t.in_quarantine) FROM state AS t)
    ) AS a ON s.product_id = a.product_id
),

dated AS (
    SELECT s.*, s.shown_at AS observed_at
    FROM state AS s
    WHERE NOT s.in_quarantine
    UNION ALL
    SELECT c.*
    FROM carried AS c
)

INSERT INTO inventory.daily_stock (
    snapshot_date, office_id, product_id, measurement, quantity, package_count, package_quantity, basis, observed_at
)
SELECT
    %(day)s, %(office_id)s, k.product_id, k.measurement, k.quantity, k.package_count, k.package_quantity,
    CASE WHEN k.in_quarantine THEN 'carried_forward' ELSE 'observed' END,
    k.observed_at
FROM dated AS k
WHERE
    k.was_above_zero
    AND (
        k.quantity <> 0
        -- Subqueries: the settings are read once, not for every product at 0.
        OR %(day)s::date < (k.zero_since AT TIME ZONE (SELECT inventory.time_zone(%(office_id)s)))::date
        + (SELECT ops.setting('zero_rows_days')::integer)
    );
