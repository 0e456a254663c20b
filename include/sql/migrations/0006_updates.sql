-- Hourly changes: from where the next pull has to start, and what has been seen of each hour.

CREATE TABLE ops.watermark (
    stream text PRIMARY KEY CHECK (stream = 'updated'),
    reached_at timestamptz NOT NULL,
    pull_id bigint NOT NULL REFERENCES ops.pull
);
COMMENT ON TABLE ops.watermark IS 'How far the changes have been pulled without a gap. Committed with the rows of the pull that moved it.';
COMMENT ON COLUMN ops.watermark.stream IS 'What is pulled: updated, the changes of all offices.';
COMMENT ON COLUMN ops.watermark.reached_at IS 'First page of the last complete pull that started at or before the watermark, by the clock of the API. The next pull starts there, minus an overlap.';
COMMENT ON COLUMN ops.watermark.pull_id IS 'The pull that moved it here.';

-- For what a pull changed, without a pass through the change log.
CREATE INDEX stock_change_by_time ON inventory.stock_change (observed_at, pull_id);

ALTER TABLE ops.pull ADD COLUMN pages integer[];
COMMENT ON COLUMN ops.pull.pages IS 'Pages of the read that counts that were staged: what a rebuild from raw reads again.';

UPDATE ops.pull AS p
SET pages = r.pages
FROM (
    SELECT l.pull_id, array_agg(DISTINCT a.page) AS pages
    FROM ops.pull AS l
    INNER JOIN raw.response AS a ON l.pull_id = a.pull_id AND l.counted_read = a.read AND a.status = 200
    GROUP BY l.pull_id
) AS r
WHERE p.pull_id = r.pull_id;

CREATE FUNCTION ops.drop_partitions(parent regclass, before date) RETURNS integer
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
            -- The planner may look at the names of all relations first: only those of partitions end with a month.
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
COMMENT ON FUNCTION ops.drop_partitions(regclass, date) IS
'Drops the monthly partitions of a table that end at or before a day; returns how many.';
