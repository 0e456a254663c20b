-- The snapshot of a day that a pull speaks for: each product as that pull showed it, those it proved absent at 0.
-- What it had in quarantine it did not show: that is carried forward.
WITH pull AS (
    SELECT p.pull_id, p.first_page_at, p.last_page_at
    FROM ops.pull AS p
    WHERE p.pull_id = %(pull_id)s
),

listed AS (
    SELECT item.product_id, s.observed_at  -- once each: the pull is complete
    FROM pull AS p
    INNER JOIN inventory.sight AS s ON p.pull_id = s.pull_id
    CROSS JOIN LATERAL unnest(s.product_ids) AS item (product_id)
    WHERE s.office_id = %(office_id)s AND s.observed_at BETWEEN p.first_page_at AND p.last_page_at
),

-- Current stock is what it showed, unless that has changed since.
shown AS (
    SELECT
        l.product_id, l.observed_at, c.measurement, c.quantity, c.packages_known, c.package_ids, c.package_quantities,
        c.zero_since, c.was_above_zero
    FROM listed AS l
    INNER JOIN inventory.stock AS k ON k.office_id = %(office_id)s AND l.product_id = k.product_id
    CROSS JOIN LATERAL (
        SELECT
            k.measurement, k.quantity, k.packages_known, k.package_ids, k.package_quantities, k.zero_since,
            k.was_above_zero
        WHERE k.changed_at <= l.observed_at
        UNION ALL
        (
            SELECT
                v.measurement, v.quantity, v.packages_known, v.package_ids, v.package_quantities, v.zero_since,
                v.was_above_zero
            FROM inventory.stock_change AS v
            WHERE
                k.changed_at > l.observed_at
                AND v.office_id = %(office_id)s AND v.product_id = l.product_id AND v.observed_at <= l.observed_at
            ORDER BY v.observed_at DESC
            LIMIT 1
        )
    ) AS c
),

-- What the pull did not list: absent at its last page, unless it was in quarantine or not known yet.
unlisted AS (
    SELECT k.product_id, p.last_page_at, q.product_id IS NOT NULL AS in_quarantine
    FROM pull AS p
    INNER JOIN inventory.stock AS k ON k.office_id = %(office_id)s
    LEFT JOIN (
        SELECT DISTINCT r.product_id
        FROM ops.quarantine AS r
        WHERE r.pull_id = %(pull_id)s AND r.counted AND r.office_id = %(office_id)s
    ) AS q ON k.product_id = q.product_id
    WHERE NOT EXISTS (SELECT FROM listed AS l WHERE l.product_id = k.product_id)
),

known AS (
    SELECT 'observed' AS basis, s.*
    FROM shown AS s
    UNION ALL
    SELECT
        CASE WHEN u.in_quarantine THEN 'carried_forward' ELSE 'observed' END,
        u.product_id,
        CASE
            WHEN u.in_quarantine THEN (
                SELECT s.observed_at
                FROM inventory.last_sight(%(office_id)s, u.last_page_at) AS s
                WHERE s.product_id = u.product_id
            )
            ELSE u.last_page_at
        END,
        c.measurement, c.quantity, c.packages_known, c.package_ids, c.package_quantities, c.zero_since,
        c.was_above_zero
    FROM unlisted AS u
    CROSS JOIN LATERAL (
        SELECT v.*
        FROM inventory.stock_change AS v
        WHERE v.office_id = %(office_id)s AND v.product_id = u.product_id AND v.observed_at <= u.last_page_at
        ORDER BY v.observed_at DESC
        LIMIT 1
    ) AS c
)

INSERT INTO inventory.daily_stock (
    snapshot_date, office_id, product_id, measurement, quantity, package_count, package_quantity, basis, observed_at
)
SELECT
    %(day)s, %(office_id)s, k.product_id, k.measurement, k.quantity,
    CASE WHEN k.packages_known THEN cardinality(k.package_ids) END,
    CASE WHEN k.packages_known THEN (SELECT coalesce(sum(p.q), 0) FROM unnest(k.package_quantities) AS p (q)) END,
    k.basis, k.observed_at
FROM known AS k
WHERE
    k.was_above_zero
    AND (
        k.quantity <> 0
        OR %(day)s::date < (k.zero_since AT TIME ZONE inventory.time_zone(%(office_id)s))::date
        + ops.setting('zero_rows_days')::integer
    );
