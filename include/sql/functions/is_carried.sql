-- One query for each index of pulls. The setting is read once: as a part of a condition on rows, it would be read for
-- every row that an index does not exclude.
CREATE OR REPLACE FUNCTION inventory.is_carried(office bigint, day_end timestamptz) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
RETURN EXISTS (
    SELECT
    FROM ops.pull AS p
    WHERE
        p.kind = 'office' AND p.office_id = office AND p.status = 'complete'
        AND p.first_page_at > (SELECT day_end - make_interval(days => ops.setting('carry_forward_max_days')::integer))
        AND p.first_page_at <= day_end AND p.last_page_at <= day_end
) OR EXISTS (
    SELECT
    FROM ops.pull AS p
    WHERE
        p.kind = 'updated' AND p.status = 'complete'
        AND p.first_page_at > (SELECT day_end - make_interval(days => ops.setting('carry_forward_max_days')::integer))
        AND p.first_page_at <= day_end AND p.last_page_at <= day_end
);
COMMENT ON FUNCTION inventory.is_carried(bigint, timestamptz) IS 'Returns true where observations of an office may be carried forward to an instant: a complete pull, of the office or of changes, was made in the days before it (setting carry_forward_max_days).';
