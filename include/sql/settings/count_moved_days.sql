-- Counts the published days that end at another instant in the new time zone of their office.
SELECT
    count(*) AS days,
    count(DISTINCT p.office_id) AS offices,
    min(p.snapshot_date) AS first_day,
    max(p.snapshot_date) AS last_day
FROM
    unnest(%(offices)s::bigint[], %(old)s::text[], %(new)s::text[]) AS z (office_id, old_zone, new_zone)
INNER JOIN ops.publication AS p ON z.office_id = p.office_id
WHERE
    z.old_zone <> z.new_zone
    AND p.basis <> 'missing'
    AND (p.snapshot_date + 1)::timestamp AT TIME ZONE z.old_zone
    <> (p.snapshot_date + 1)::timestamp AT TIME ZONE z.new_zone;
