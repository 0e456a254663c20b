CREATE OR REPLACE FUNCTION inventory.state_as_of(office bigint, until timestamptz)
RETURNS TABLE (
    product_id bigint,
    measurement text,
    quantity numeric,
    package_count integer,
    package_quantity numeric,
    changed_at timestamptz,
    observed_at timestamptz,
    zero_since timestamptz,
    was_above_zero boolean
)
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 5000
BEGIN ATOMIC
WITH known AS (
    SELECT
        k.product_id, k.measurement, k.quantity,
        CASE WHEN k.packages_known THEN cardinality(k.package_ids) END AS package_count,
        CASE WHEN k.packages_known THEN k.package_quantity END AS package_quantity,
        k.changed_at, k.zero_since, k.was_above_zero
    FROM inventory.stock AS k
    WHERE k.office_id = office AND k.changed_at <= until
    UNION ALL
    SELECT
        k.product_id, c.measurement, c.quantity,
        CASE WHEN c.packages_known THEN cardinality(c.package_ids) END,
        CASE WHEN c.packages_known THEN (SELECT coalesce(sum(p.q), 0) FROM unnest(c.package_quantities) AS p (q)) END,
        c.observed_at, c.zero_since, c.was_above_zero
    FROM inventory.stock AS k
    CROSS JOIN LATERAL (
        SELECT l.*
        FROM inventory.stock_change AS l
        WHERE l.office_id = office AND l.product_id = k.product_id AND l.observed_at <= until
        ORDER BY l.observed_at DESC
        LIMIT 1
    ) AS c
    WHERE k.office_id = office AND k.changed_at > until
),

-- A full join hashes or sorts; other joins could become nested loops where statistics do not cover the office.
seen AS MATERIALIZED (
    SELECT k.*, s.observed_at
    FROM known AS k
    FULL JOIN inventory.last_seen(office, until) AS s ON k.product_id = s.product_id
)

SELECT
    k.product_id,
    k.measurement,
    k.quantity,
    k.package_count,
    k.package_quantity,
    k.changed_at,
    k.observed_at,
    k.zero_since,
    k.was_above_zero
FROM seen AS k
WHERE k.product_id IS NOT NULL;
END;
COMMENT ON FUNCTION inventory.state_as_of(bigint, timestamptz) IS 'Returns one row per product of an office: its state at an instant, from the last observation at or before it, and the time at which that state was last seen.';
