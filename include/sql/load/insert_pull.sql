-- Inserts the row of the pull in the ledger; counts of changes are added later. A row that exists already is that of a
-- held-back pull that was accepted, or of a pull that is applied again: it keeps its requests and the run that made it.
INSERT INTO ops.pull AS p (
    pull_id, kind, office_id, resource, since, status, problem, started_at, first_page_at, last_page_at, server_dated,
    reads, counted_read, total, items, rejected, set_aside, deviations, pages, product_id, package_id, requests,
    dag_id, run_id, task_id, try_number
)
VALUES (
    %(pull_id)s, %(kind)s, %(office_id)s, %(resource)s, %(since)s, %(status)s, %(problem)s, %(started_at)s,
    %(first_page_at)s, %(last_page_at)s, %(server_dated)s, %(reads)s, %(read)s, %(total)s, %(items)s, %(rejected)s,
    %(set_aside)s, %(deviations)s, %(pages)s, %(product_id)s, %(package_id)s, %(requests)s,
    ops.run('dag_id'), ops.run('run_id'), ops.run('task_id'), ops.run('try_number')::integer
)
ON CONFLICT (pull_id) DO UPDATE SET
status = excluded.status,
decided_at = CASE WHEN %(decided_by)s::text IS NULL THEN p.decided_at ELSE clock_timestamp() END,
decided_by = coalesce(%(decided_by)s, p.decided_by),
decision_note = coalesce(%(decision_note)s, p.decision_note)
-- Accepted by two sessions at the same time, it is applied once.
WHERE %(decided_by)s::text IS NULL OR p.status = 'held_back';
