CREATE OR REPLACE FUNCTION inventory.closing_pull(office bigint, day date) RETURNS bigint
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
COMMENT ON FUNCTION inventory.closing_pull(bigint, date) IS 'Returns the id of the closing pull of a business day of an office: its first complete pull within the tolerance after the end of the day; NULL where there is none.';
