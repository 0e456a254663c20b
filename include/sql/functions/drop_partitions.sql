CREATE OR REPLACE FUNCTION ops.drop_partitions(parent regclass, before date) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
    child regclass;
    dropped integer := 0;
BEGIN
    FOR child IN
        SELECT i.inhrelid::regclass
        FROM pg_inherits AS i
        INNER JOIN pg_class AS c ON i.inhrelid = c.oid
        WHERE
            i.inhparent = parent
            -- CASE, because the planner may evaluate to_date for all relations first, and only partitions end with a
            -- month.
            AND CASE WHEN i.inhparent = parent THEN to_date(right(c.relname, 7), 'YYYY_MM') END
            + interval '1 month' <= before
        ORDER BY c.relname
    LOOP
        EXECUTE format('DROP TABLE %s', child);
        dropped := dropped + 1;
    END LOOP;
    RETURN dropped;
END;
$$;
COMMENT ON FUNCTION ops.drop_partitions(regclass, date) IS 'Drops the monthly partitions of a table that end at or before a day; returns the number of partitions dropped.';
