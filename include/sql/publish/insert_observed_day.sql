-- The snapshot of a day that a pull speaks for: each product as that pull showed it, those it proved absent at 0.
-- What it had in quarantine it did not show: that is carried forward.
WITH pull AS (
    SELECT p.pull_id, p.first_page_at, p.last_page_at
    FROM ops.pull AS p
    WHERE p.pull_id = %(pull_id)s
),

listed AS (
    SELECT item.product_id, max(s.observed_at) AS observed_at
    FROM pull AS p
    INNER JOIN inventory.sight AS s ON p.pull_id = s.pull_id
    CROSS JOIN LATERAL unnest(s.product_ids) AS item (product_id)
    WHERE s.office_id = %(office_id)s AND s.observed_at BETWEEN p.first_page_at AND p.last_page_at
    GROUP BY item.product_id
),

shown AS (
    SELECT
        l.product_id, l.observed_at, k.measurement, k.quantity, k.packages_known, k.package_ids,
        k.package_quantities, k.zero_since, k.was_above_zero
    FROM listed AS l
    INNER JOIN inventory.stock AS k ON k.office_id = %(office_id)s AND l.product_id = k.product_id
    WHERE k.changed_at <= l.observed_at
    UNION ALL
    SELECT
        l.product_id, l.observed_at, c.measurement, c.quantity, c.packages_known, c.package_ids,
        c.package_quantities, c.zero_since, c.was_above_zero
    FROM listed AS l
    INNER JOIN inventory.stock AS k ON k.office_id = %(office_id)s AND l.product_id = k.product_id
    CROSS JOIN LATERAL (
        SELECT v.*
        FROM inventory.stock_change AS v
        WHERE v.office_id = %(office_id)s AND v.product_id = l.product_id AND v.observed_at <= l.observed_at
        ORDER BY v.observed_at DESC
        LIMIT 1
    ) AS c
    WHERE k.changed_at > l.observed_at
),

known AS (
    SELECT
        s.product_id, s.measurement, s.quantity,
        CASE WHEN s.packages_known THEN cardinality(s.package_ids) END AS package_count,
        CASE
            WHEN s.packages_known THEN (SELECT coalesce(sum(p.q), 0) FROM unnest(s.package_quantities) AS p (q))
        END AS package_quantity,
        'observed' AS basis,
        s.observed_at, s.zero_since, s.was_above_zero
    FROM shown AS s
    UNION ALL
    SELECT
        r.product_id, r.measurement, r.quantity, r.package_count, r.package_quantity,
        CASE
            WHEN EXISTS (
                SELECT
                FROM ops.quarantine AS q
                WHERE
                    q.pull_id = p.pull_id AND q.counted AND q.office_id = %(office_id)s
                    AND q.product_id = r.product_id
            ) THEN 'carried_forward'
            ELSE 'observed'
        END,
        r.observed_at, r.zero_since, r.was_above_zero
    FROM pull AS p
    CROSS JOIN LATERAL inventory.state_as_of(%(office_id)s, p.last_page_at) AS r
    WHERE NOT EXISTS (SELECT FROM listed AS l WHERE l.product_id = r.product_id)
)

INSERT INTO inventory.daily_stock (
    snapshot_date, office_id, product_id, measurement, quantity, package_count, package_quantity, basis, observed_at
)
SELECT
    %(day)s, %(office_id)s, k.product_id, k.measurement, k.quantity, k.package_count, k.package_quantity, k.basis,
    k.observed_at
FROM known AS k
WHERE
    k.was_above_zero
    AND (
        k.quantity <> 0
        OR %(day)s::date < (k.zero_since AT TIME ZONE inventory.time_zone(%(office_id)s))::date
        + ops.setting('zero_rows_days')::integer
    );
