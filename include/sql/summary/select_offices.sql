-- Returns what a run of the daily snapshot did for its offices: the last pull of each since the run started, and the
-- publication of its day. From the ledger and not from task states: the ledger also has the pulls of failed tasks.
SELECT
    g.office_id,
    coalesce(o.name, 'office ' || g.office_id) AS label,
    g.business_day,
    l.pull_id,
    l.status,
    l.items,
    l.rejected,
    l.set_aside,
    l.deviations,
    l.problem,
    p.basis,
    p.row_count
FROM unnest(%(offices)s::bigint[], %(days)s::date[]) AS g (office_id, business_day)
LEFT JOIN inventory.office AS o ON g.office_id = o.office_id
LEFT JOIN LATERAL (
    SELECT k.pull_id, k.status, k.items, k.rejected, k.set_aside, k.deviations, k.problem
    FROM ops.pull AS k
    WHERE k.kind = 'office' AND k.office_id = g.office_id AND k.landed_at >= %(since)s
    ORDER BY k.pull_id DESC
    LIMIT 1
) AS l ON true
LEFT JOIN ops.publication AS p ON g.office_id = p.office_id AND g.business_day = p.snapshot_date
ORDER BY g.office_id;
