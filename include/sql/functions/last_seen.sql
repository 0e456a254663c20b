CREATE OR REPLACE FUNCTION inventory.last_seen(office bigint, until timestamptz)
RETURNS TABLE (product_id bigint, observed_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 5000
BEGIN ATOMIC
WITH base AS (
    SELECT p.first_page_at
    FROM ops.pull AS p
    WHERE p.kind = 'office' AND p.office_id = office AND p.status = 'complete' AND p.last_page_at <= until
    ORDER BY p.first_page_at DESC
    LIMIT 1
),

-- Every complete pull since then that may prove an absence: one, unless pulls overlap in time because the clocks of API
-- servers differ.
complete AS (
    SELECT p.pull_id, p.first_page_at, p.last_page_at
    FROM base AS b
    INNER JOIN ops.pull AS p ON b.first_page_at <= p.last_page_at
    WHERE p.kind = 'office' AND p.office_id = office AND p.status = 'complete' AND p.last_page_at <= until
),

-- When each product was last listed, and which complete pulls do not prove it absent: they listed or quarantined it.
listed AS (
    SELECT
        i.product_id,
        max(i.observed_at) AS observed_at,
        array_agg(i.pull_id) FILTER (WHERE i.pull_id IN (SELECT c.pull_id FROM complete AS c)) AS complete_pulls
    FROM (
        SELECT item.product_id, s.observed_at, s.pull_id
        FROM inventory.page_presence AS s
        CROSS JOIN LATERAL unnest(s.product_ids) AS item (product_id)
        WHERE
            s.office_id = office AND s.observed_at <= until
            AND s.observed_at >= coalesce((SELECT min(c.first_page_at) FROM complete AS c), '-infinity'::timestamptz)
        UNION ALL
        SELECT q.product_id, NULL, q.pull_id
        FROM complete AS c
        INNER JOIN ops.quarantine AS q ON c.pull_id = q.pull_id
        WHERE q.counted AND q.office_id = office
    ) AS i
    GROUP BY i.product_id
),

-- A full join hashes or sorts; other joins could become nested loops where statistics do not cover the office.
known AS MATERIALIZED (
    SELECT k.product_id, l.observed_at, l.complete_pulls
    FROM listed AS l
    FULL JOIN (SELECT s.product_id FROM inventory.stock AS s WHERE s.office_id = office) AS k
        ON l.product_id = k.product_id
),

recent AS (
    SELECT
        k.product_id,
        greatest(
            k.observed_at,
            (
                SELECT max(c.last_page_at)
                FROM complete AS c
                WHERE c.pull_id <> ALL(coalesce(k.complete_pulls, '{}'))
            )
        ) AS observed_at
    FROM known AS k
    WHERE k.product_id IS NOT NULL
)

-- Earlier page presence, the latest first, matters only for products that the last complete pull quarantined; of the
-- pulls before that one, those after the product was last seen matter.
SELECT
    r.product_id,
    coalesce(r.observed_at, (
        SELECT greatest(
            earlier.observed_at,
            (
                SELECT max(p.last_page_at)
                FROM ops.pull AS p
                WHERE
                    p.kind = 'office' AND p.office_id = office AND p.status = 'complete' AND p.last_page_at <= until
                    AND p.last_page_at > coalesce(earlier.observed_at, '-infinity'::timestamptz)
                    AND inventory.proves_absence(p.pull_id, office, r.product_id)
            )
        )
        FROM (
            SELECT (
                SELECT s.observed_at
                FROM inventory.page_presence AS s
                WHERE s.office_id = office AND s.observed_at <= until AND s.product_ids @> ARRAY[r.product_id]
                ORDER BY s.observed_at DESC
                LIMIT 1
            ) AS observed_at
        ) AS earlier
    )) AS observed_at
FROM recent AS r;
END;
COMMENT ON FUNCTION inventory.last_seen(bigint, timestamptz) IS 'Returns one row per product of an office: the last time at or before an instant at which the product was seen, or was absent from a complete pull.';
