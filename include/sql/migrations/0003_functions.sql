-- Monthly partitions, business days, and the state of an office at an instant.

CREATE FUNCTION ops.ensure_partitions(first_day date, last_day date) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    parent record;
    month_start timestamp;
    child text;
    made integer := 0;
BEGIN
    FOR parent IN
        SELECT n.nspname AS schema_name, c.relname AS table_name
        FROM pg_partitioned_table AS p
        INNER JOIN pg_class AS c ON p.partrelid = c.oid
        INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
        WHERE n.nspname IN ('raw', 'inventory')
        ORDER BY 1, 2
    LOOP
        FOR month_start IN
            SELECT generate_series(date_trunc('month', first_day::timestamp), last_day::timestamp, interval '1 month')
        LOOP
            child := parent.table_name || to_char(month_start, '_YYYY_MM');
            CONTINUE WHEN to_regclass(format('%I.%I', parent.schema_name, child)) IS NOT NULL;
            PERFORM pg_advisory_xact_lock(hashtextextended('ops.ensure_partitions', 0));
            -- Another may have made it meanwhile. The catalogue itself is asked: to_regclass may remember an old answer.
            CONTINUE WHEN EXISTS (
                SELECT
                FROM pg_class AS c
                INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
                WHERE n.nspname = parent.schema_name AND c.relname = child
            );
            -- Attaching, unlike CREATE TABLE ... PARTITION OF, does not lock readers and writers out.
            EXECUTE format(
                'CREATE TABLE %1$I.%2$I (LIKE %1$I.%3$I INCLUDING ALL)', parent.schema_name, child, parent.table_name
            );
            EXECUTE format(
                'ALTER TABLE %1$I.%2$I ATTACH PARTITION %1$I.%3$I FOR VALUES FROM (%4$L) TO (%5$L)',
                parent.schema_name, parent.table_name, child,
                to_char(month_start, 'YYYY-MM-DD 00:00:00+00'),
                to_char(month_start + interval '1 month', 'YYYY-MM-DD 00:00:00+00')
            );
            made := made + 1;
        END LOOP;
    END LOOP;
    RETURN made;
END;
$$;
COMMENT ON FUNCTION ops.ensure_partitions(date, date) IS
'Makes the monthly partitions (UTC) that are missing between two days, for all partitioned tables; returns how many.';

-- What follows is used by the marts. It reads with the rights of its owner, so that analysts need none on the tables
-- beneath; the bodies are bound when they are created, so that no search_path can mislead them.

CREATE FUNCTION inventory.time_zone(office bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
RETURN coalesce(
    (SELECT o.time_zone FROM inventory.office AS o WHERE o.office_id = office),
    ops.setting('business_time_zone')
);
COMMENT ON FUNCTION inventory.time_zone(bigint) IS 'Time zone of the business days of an office.';

CREATE FUNCTION inventory.business_day_end(office bigint, day date) RETURNS timestamptz
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
RETURN (day + 1)::timestamp AT TIME ZONE inventory.time_zone(office);
COMMENT ON FUNCTION inventory.business_day_end(bigint, date) IS
'The instant at which a business day of an office ends: the first one that is not in it.';

CREATE FUNCTION inventory.speaking_pull(office bigint, day date) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
RETURN (
    SELECT p.pull_id
    FROM ops.pull AS p, inventory.business_day_end(office, day) AS day_end
    WHERE
        p.kind = 'office' AND p.office_id = office AND p.status = 'complete'
        AND p.first_page_at >= day_end
        AND p.first_page_at <= day_end + ops.setting('snapshot_tolerance')::interval
    ORDER BY p.first_page_at, p.pull_id
    LIMIT 1
);
COMMENT ON FUNCTION inventory.speaking_pull(bigint, date) IS
'The complete pull that speaks for a business day of an office: the first within the tolerance after its end; NULL if there is none.';

CREATE FUNCTION inventory.is_carried(office bigint, day_end timestamptz) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
RETURN EXISTS (
    SELECT
    FROM ops.pull AS p
    WHERE
        p.status = 'complete'
        AND ((p.kind = 'office' AND p.office_id = office) OR p.kind = 'updated')
        AND p.last_page_at <= day_end
        AND p.first_page_at > day_end - make_interval(days => ops.setting('carry_forward_max_days')::integer)
);
COMMENT ON FUNCTION inventory.is_carried(bigint, timestamptz) IS
'Whether observations of an office may be carried to an instant: a complete pull of any kind happened in the days before it that carrying lasts.';

CREATE FUNCTION inventory.proves_absence(pull bigint, office bigint, product bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
RETURN NOT EXISTS (
    SELECT
    FROM inventory.sight AS s
    INNER JOIN ops.pull AS p ON s.pull_id = p.pull_id
    WHERE
        p.pull_id = pull AND s.office_id = office AND s.product_ids @> ARRAY[product]
        AND s.observed_at BETWEEN p.first_page_at AND p.last_page_at
) AND NOT EXISTS (
    SELECT
    FROM ops.quarantine AS q
    WHERE q.pull_id = pull AND q.counted AND q.office_id = office AND q.product_id = product
);
COMMENT ON FUNCTION inventory.proves_absence(bigint, bigint, bigint) IS
'Whether a complete pull of an office, given by its number, neither listed a product nor had it in quarantine.';

CREATE FUNCTION inventory.last_sight(office bigint, until timestamptz)
RETURNS TABLE (product_id bigint, observed_at timestamptz)
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 5000
BEGIN ATOMIC
WITH base AS (
    SELECT p.pull_id, p.first_page_at, p.last_page_at
    FROM ops.pull AS p
    WHERE p.kind = 'office' AND p.office_id = office AND p.status = 'complete' AND p.last_page_at <= until
    ORDER BY p.first_page_at DESC, p.pull_id DESC
    LIMIT 1
),

listed AS (
    SELECT
        item.product_id,
        max(s.observed_at) AS observed_at,
        bool_or(s.pull_id = (SELECT b.pull_id FROM base AS b)) AS in_base
    FROM inventory.sight AS s
    CROSS JOIN LATERAL unnest(s.product_ids) AS item (product_id)
    WHERE
        s.office_id = office AND s.observed_at <= until
        AND s.observed_at >= coalesce((SELECT b.first_page_at FROM base AS b), '-infinity'::timestamptz)
    GROUP BY item.product_id
),

recent AS (
    SELECT
        k.product_id,
        k.changed_at,
        greatest(
            l.observed_at,
            CASE
                WHEN l.in_base IS NOT TRUE AND NOT EXISTS (
                    SELECT
                    FROM ops.quarantine AS q
                    WHERE q.pull_id = b.pull_id AND q.counted AND q.office_id = office AND q.product_id = k.product_id
                ) THEN b.last_page_at
            END
        ) AS observed_at
    FROM inventory.stock AS k
    LEFT JOIN base AS b ON true
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

CREATE FUNCTION inventory.state_as_of(office bigint, until timestamptz)
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
        k.product_id, k.measurement, k.quantity, k.packages_known, k.package_ids, k.package_quantities,
        k.changed_at, k.zero_since, k.was_above_zero
    FROM inventory.stock AS k
    WHERE k.office_id = office AND k.changed_at <= until
    UNION ALL
    SELECT
        k.product_id, c.measurement, c.quantity, c.packages_known, c.package_ids, c.package_quantities,
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
)

SELECT
    k.product_id,
    k.measurement,
    k.quantity,
    CASE WHEN k.packages_known THEN cardinality(k.package_ids) END,
    CASE
        WHEN k.packages_known THEN (SELECT coalesce(sum(p.q), 0) FROM unnest(k.package_quantities) AS p (q))
    END,
    k.changed_at,
    s.observed_at,
    k.zero_since,
    k.was_above_zero
FROM known AS k
INNER JOIN inventory.last_sight(office, until) AS s ON k.product_id = s.product_id;
END;
COMMENT ON FUNCTION inventory.state_as_of(bigint, timestamptz) IS
'What is known of every product of an office as of an instant: its last observation at or before it, and when it was last seen to be so.';
