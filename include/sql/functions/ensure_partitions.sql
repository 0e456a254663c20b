CREATE OR REPLACE FUNCTION ops.ensure_partitions(first_day date, last_day date) RETURNS integer
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
            PERFORM ops.lock('partitions');
            -- Another session may have created it meanwhile. Reads the catalogue, because to_regclass may return a
            -- cached answer.
            CONTINUE WHEN EXISTS (
                SELECT
                FROM pg_class AS c
                INNER JOIN pg_namespace AS n ON c.relnamespace = n.oid
                WHERE n.nspname = parent.schema_name AND c.relname = child
            );
            -- ATTACH PARTITION, unlike CREATE TABLE ... PARTITION OF, does not block readers and writers.
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
COMMENT ON FUNCTION ops.ensure_partitions(date, date) IS 'Creates the missing monthly partitions (UTC) of all partitioned tables between two days; returns the number of partitions created.';
