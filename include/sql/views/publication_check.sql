CREATE OR REPLACE VIEW ops.publication_check AS
SELECT
    y.snapshot_date,
    o.office_id,
    p.office_id IS NOT NULL AS is_published,
    coalesce(p.row_count, 0) AS row_count,
    coalesce(d.rows_found, 0) AS rows_found,
    coalesce(d.rows_out_of_time, 0) AS rows_out_of_time
FROM (SELECT DISTINCT k.snapshot_date FROM ops.publication AS k) AS y
INNER JOIN inventory.office AS o ON o.is_listed
LEFT JOIN ops.publication AS p ON y.snapshot_date = p.snapshot_date AND o.office_id = p.office_id
LEFT JOIN ops.pull AS l ON p.pull_id = l.pull_id
LEFT JOIN LATERAL (
    SELECT
        count(*) AS rows_found,
        count(*) FILTER (
            WHERE CASE
                WHEN s.basis = 'observed' THEN s.observed_at NOT BETWEEN l.first_page_at AND l.last_page_at
                ELSE s.observed_at > p.depends_until
            END
        ) AS rows_out_of_time
    FROM inventory.daily_stock AS s
    WHERE s.snapshot_date = y.snapshot_date AND s.office_id = o.office_id
) AS d ON true;

COMMENT ON VIEW ops.publication_check IS 'One row per published business day and listed office, for the checks of inventory_snapshot_daily: what was published, and which rows exist.';
COMMENT ON COLUMN ops.publication_check.snapshot_date IS 'Business day, in the time zone of the office.';
COMMENT ON COLUMN ops.publication_check.office_id IS 'Id of the listed office.';
COMMENT ON COLUMN ops.publication_check.is_published IS 'True where the day was published for the office, also as missing.';
COMMENT ON COLUMN ops.publication_check.row_count IS 'Number of rows that were published.';
COMMENT ON COLUMN ops.publication_check.rows_found IS 'Number of rows that exist.';
COMMENT ON COLUMN ops.publication_check.rows_out_of_time IS 'Number of rows whose observed_at is a time at which they were not observed: must be 0.';
