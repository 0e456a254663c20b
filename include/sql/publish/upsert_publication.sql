-- Records the publication of a business day of an office, and until when observations may change it.
INSERT INTO ops.publication AS p (snapshot_date, office_id, basis, pull_id, day_end, depends_until, row_count)
VALUES (%(day)s, %(office_id)s, %(basis)s, %(pull_id)s, %(day_end)s, %(depends_until)s, %(row_count)s)
ON CONFLICT (office_id, snapshot_date) DO UPDATE SET
basis = excluded.basis,
pull_id = excluded.pull_id,
day_end = excluded.day_end,
depends_until = excluded.depends_until,
row_count = excluded.row_count,
published_at = clock_timestamp()
WHERE
    (p.basis, p.pull_id, p.day_end, p.depends_until, p.row_count)
    IS DISTINCT FROM (excluded.basis, excluded.pull_id, excluded.day_end, excluded.depends_until, excluded.row_count);
