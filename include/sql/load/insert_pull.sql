-- The row of the pull in the ledger; its counts of changes follow when they are known. A pull that is there already was
-- held back and has now been accepted, or is applied again.
INSERT INTO ops.pull AS p (
    pull_id, kind, office_id, resource, since, status, problem, started_at, first_page_at, last_page_at, server_dated,
    reads, counted_read, total, items, rejected, set_aside, deviations, pages, product_id, package_id
)
VALUES (
    %(pull_id)s, %(kind)s, %(office_id)s, %(resource)s, %(since)s, %(status)s, %(problem)s, %(started_at)s,
    %(first_page_at)s, %(last_page_at)s, %(server_dated)s, %(reads)s, %(read)s, %(total)s, %(items)s, %(rejected)s,
    %(set_aside)s, %(deviations)s, %(pages)s, %(product_id)s, %(package_id)s
)
ON CONFLICT (pull_id) DO UPDATE SET
status = excluded.status,
accepted_at = CASE WHEN %(is_accepted)s THEN clock_timestamp() ELSE p.accepted_at END;
