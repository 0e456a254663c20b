CREATE OR REPLACE VIEW mart.coverage AS
WITH day AS (
    SELECT
        o.office_id,
        o.name AS office_name,
        d.business_date::date AS business_date,
        inventory.business_day_end(o.office_id, d.business_date::date - 1) AS day_start,
        inventory.business_day_end(o.office_id, d.business_date::date) AS day_end
    FROM inventory.office AS o
    -- The first pull may close the day before it.
    CROSS JOIN LATERAL (
        SELECT
            s.first_day,
            CASE
                WHEN inventory.closing_pull(o.office_id, s.first_day - 1) IS NOT NULL THEN s.first_day - 1
            END AS first_closed_day
        FROM (SELECT (o.first_seen_at AT TIME ZONE inventory.time_zone(o.office_id))::date AS first_day) AS s
    ) AS f
    CROSS JOIN LATERAL generate_series(
        coalesce(f.first_closed_day, f.first_day)::timestamp,
        (ops.clock() AT TIME ZONE inventory.time_zone(o.office_id))::date::timestamp - interval '1 day',
        interval '1 day'
    ) AS d (business_date)
)

SELECT
    d.business_date,
    d.office_id,
    CASE
        WHEN c.pull_id IS NOT NULL THEN 'observed'
        WHEN inventory.is_carried(d.office_id, d.day_end) THEN 'carried_forward'
        ELSE 'missing'
    END AS status,
    p.pulls,
    p.incomplete_pulls,
    h.hours_covered,
    coalesce(k.row_count, 0) AS published_rows,
    d.office_name,
    d.day_start,
    d.day_end,
    c.pull_id AS closing_pull_id
FROM day AS d
LEFT JOIN ops.publication AS k ON d.office_id = k.office_id AND d.business_date = k.snapshot_date
-- Called in FROM, so once for each row: status and closing_pull_id use it.
CROSS JOIN LATERAL inventory.closing_pull(d.office_id, d.business_date) AS c (pull_id)
CROSS JOIN LATERAL (
    SELECT
        count(*) AS pulls,
        count(*) FILTER (WHERE l.status = 'incomplete') AS incomplete_pulls
    FROM ops.pull AS l
    WHERE
        l.kind = 'office' AND l.office_id = d.office_id
        AND l.first_page_at >= d.day_end
        AND l.first_page_at <= d.day_end + ops.setting('snapshot_tolerance')::interval
) AS p
CROSS JOIN LATERAL (
    SELECT count(*) AS hours_covered
    FROM generate_series(d.day_start, d.day_end - interval '1 hour', interval '1 hour') AS hour (start_at)
    WHERE EXISTS (
        SELECT
        FROM ops.pull AS u
        WHERE
            u.kind = 'updated' AND u.status = 'complete'
            AND u.since <= hour.start_at AND u.first_page_at >= hour.start_at + interval '1 hour'
    )
) AS h;

COMMENT ON VIEW mart.coverage IS 'One row per office and business day, from the first day for which the office was pulled to yesterday: how the day is known, according to the pull ledger.';
COMMENT ON COLUMN mart.coverage.business_date IS 'Business day, in the time zone of the office; it has 23, 24 or 25 hours.';
COMMENT ON COLUMN mart.coverage.office_id IS 'Id of the office.';
COMMENT ON COLUMN mart.coverage.status IS 'observed, carried_forward or missing. Nothing is known about a missing day: it is not a day with zero stock.';
COMMENT ON COLUMN mart.coverage.pulls IS 'Number of pulls of the office whose first page arrived within the tolerance after the end of the day, failed pulls excluded.';
COMMENT ON COLUMN mart.coverage.incomplete_pulls IS 'Number of those pulls that were incomplete.';
COMMENT ON COLUMN mart.coverage.hours_covered IS 'Number of hours of the day, at most 25, for which a complete pull of changes missed no changed product. States between two pulls may have been missed.';
COMMENT ON COLUMN mart.coverage.published_rows IS 'Number of rows of the office and day in mart.inventory_daily. 0 where the day is missing, is not published yet, or the office had no product to list. For an average per day, divide by the number of days with published_rows > 0.';
COMMENT ON COLUMN mart.coverage.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.coverage.day_start IS 'Instant at which the business day begins in the time zone of the office.';
COMMENT ON COLUMN mart.coverage.day_end IS 'Instant at which the business day ends: the first instant after it.';
COMMENT ON COLUMN mart.coverage.closing_pull_id IS 'Id of the closing pull in mart.pull: the first complete pull of the office within the tolerance after the end of the day. NULL unless status is observed.';
