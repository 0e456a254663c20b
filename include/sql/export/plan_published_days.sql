-- Returns the closed business days that are published, and what their rows were derived from: their publications, and the
-- pulls up to them, because a publication with as many rows as before keeps its time. Days beyond the retention have no
-- publication.
SELECT
    i.day,
    i.inputs || md5(string_agg(
        concat_ws(' ', p.office_id, p.basis, p.pull_id, p.day_end, p.row_count, p.published_at),
        ','
        ORDER BY p.office_id
    )) AS inputs
FROM ops.inputs_by_day(ARRAY['office', 'updated', 'product'], inventory.time_zones()) AS i
INNER JOIN ops.publication AS p ON i.day = p.snapshot_date
GROUP BY i.day, i.inputs
ORDER BY i.day;
