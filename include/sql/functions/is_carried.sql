CREATE OR REPLACE FUNCTION inventory.is_carried(office bigint, day_end timestamptz) RETURNS boolean
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
