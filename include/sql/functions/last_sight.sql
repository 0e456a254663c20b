CREATE OR REPLACE FUNCTION inventory.last_sight(office bigint, until timestamptz)
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

-- Every complete pull that may prove an absence since then: one, unless pulls overlap in time, as they do where the
-- clocks of servers differ.
complete AS (
    SELECT p.pull_id, p.first_page_at, p.last_page_at
    FROM base AS b
    INNER JOIN ops.pull AS p ON b.first_page_at <= p.last_page_at
    WHERE p.kind = 'office' AND p.office_id = office AND p.status = 'complete' AND p.last_page_at <= until
),

listed AS (
    SELECT
        item.product_id,
        max(s.observed_at) AS observed_at,
        array_agg(s.pull_id) FILTER (WHERE s.pull_id IN (SELECT c.pull_id FROM complete AS c)) AS complete_pulls
    FROM inventory.sight AS s
    CROSS JOIN LATERAL unnest(s.product_ids) AS item (product_id)
    WHERE
        s.office_id = office AND s.observed_at <= until
        AND s.observed_at >= coalesce((SELECT min(c.first_page_at) FROM complete AS c), '-infinity'::timestamptz)
    GROUP BY item.product_id
),

recent AS (
    SELECT
        k.product_id,
        greatest(
            l.observed_at,
            (
                SELECT max(c.last_page_at)
                FROM complete AS c
                WHERE
                    c.pull_id <> ALL(coalesce(l.complete_pulls, '{}'))
                    AND NOT EXISTS (
                        SELECT
                        FROM ops.quarantine AS q
                        WHERE
                            q.pull_id = c.pull_id AND q.counted AND q.office_id = office
                            AND q.product_id = k.product_id
                    )
            )
        ) AS observed_at
    FROM inventory.stock AS k
    LEFT JOIN listed AS l ON k.product_id = l.product_id
    WHERE k.office_id = office
)

SELECT
    r.product_id,
    -- The look through all earlier sights is needed only for what the last complete pull had in quarantine.
    coalesce(
        r.observed_at,
        greatest(
            (
                SELECT max(s.observed_at)
                FROM inventory.sight AS s
                WHERE s.office_id = office AND s.observed_at <= until AND s.product_ids @> ARRAY[r.product_id]
            ),
            (
                SELECT max(p.last_page_at)
                FROM ops.pull AS p
                WHERE
                    p.kind = 'office' AND p.office_id = office AND p.status = 'complete' AND p.last_page_at <= until
                    AND inventory.proves_absence(p.pull_id, office, r.product_id)
            )
        )
    ) AS observed_at
FROM recent AS r;
END;
COMMENT ON FUNCTION inventory.last_sight(bigint, timestamptz) IS
'When each product of an office was last seen, or proven absent, at or before an instant.';
