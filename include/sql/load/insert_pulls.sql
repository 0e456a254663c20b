-- Inserts the rows of pulls in the ledger; counts of changes are added later. A row that exists already is that of a
-- held-back pull that was accepted, or of a pull that is applied again: it keeps its requests and the run that made it.
INSERT INTO ops.pull AS p (
    pull_id, kind, office_id, resource, since, status, problem, started_at, first_page_at, last_page_at, server_dated,
    reads, counted_read, total, items, rejected, set_aside, deviations, pages, product_id, package_id, requests,
    decided_at, decided_by, decision_note, dag_id, run_id, task_id, try_number
)
SELECT
    n.pull_id, n.kind, n.office_id, n.resource, n.since, n.status, n.problem, n.started_at, n.first_page_at,
    n.last_page_at, n.server_dated, n.reads, n.counted_read, n.total, n.items, n.rejected, n.set_aside, n.deviations,
    n.pages, n.product_id, n.package_id, n.requests, CASE WHEN n.decided_by IS NOT NULL THEN clock_timestamp() END,
    n.decided_by, n.decision_note, r.dag_id, r.run_id, r.task_id, r.try_number
FROM jsonb_populate_recordset(NULL::ops.pull, %(pulls)s) AS n
CROSS JOIN (
    SELECT
        ops.run('dag_id') AS dag_id,
        ops.run('run_id') AS run_id,
        ops.run('task_id') AS task_id,
        ops.run('try_number')::integer AS try_number
) AS r
ON CONFLICT (pull_id) DO UPDATE SET
status = excluded.status,
decided_at = coalesce(excluded.decided_at, p.decided_at),
decided_by = coalesce(excluded.decided_by, p.decided_by),
decision_note = coalesce(excluded.decision_note, p.decision_note)
-- Accepted by two sessions at the same time, it is applied once.
WHERE excluded.decided_by IS NULL OR p.status = 'held_back';
