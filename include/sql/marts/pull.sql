CREATE OR REPLACE VIEW mart.pull AS
SELECT
    p.pull_id,
    p.kind,
    p.office_id,
    o.name AS office_name,
    p.product_id,
    n.name AS product_name,
    p.package_id,
    p.resource,
    p.since,
    p.status,
    p.problem,
    p.started_at,
    p.first_page_at,
    p.last_page_at,
    p.landed_at,
    p.reads,
    p.requests,
    p.items,
    p.rejected,
    p.set_aside,
    p.deviations,
    p.changes,
    p.package_changes,
    p.decided_at,
    p.decided_by,
    p.superseded_by,
    p.dag_id,
    p.run_id,
    p.try_number,
    p.task_id
FROM ops.pull AS p
LEFT JOIN inventory.office AS o ON p.office_id = o.office_id
LEFT JOIN inventory.product AS n ON p.product_id = n.product_id;

COMMENT ON VIEW mart.pull IS 'One row per pull: one logical read of the API, from the pull ledger. Example: for the last hundred pulls, ORDER BY pull_id DESC LIMIT 100; for those of a day, WHERE started_at >= ''2026-03-08'' AND started_at < ''2026-03-09''.';
COMMENT ON COLUMN mart.pull.pull_id IS 'Id of the pull; ids are in the order in which pulls started.';
COMMENT ON COLUMN mart.pull.kind IS 'office: all stock of one office; updated: what changed since an instant; product: one product in all offices; reference: a reference list; packages: the active packages of one product; package: one package by its id.';
COMMENT ON COLUMN mart.pull.office_id IS 'Id of the office that was requested; NULL for other kinds.';
COMMENT ON COLUMN mart.pull.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.pull.product_id IS 'Id of the product that was requested, or whose packages were; NULL for other kinds.';
COMMENT ON COLUMN mart.pull.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
COMMENT ON COLUMN mart.pull.package_id IS 'Id of the package that was requested; NULL for other kinds.';
COMMENT ON COLUMN mart.pull.resource IS 'Name of the reference list that was requested; NULL for other kinds.';
COMMENT ON COLUMN mart.pull.since IS 'Start of the window of an updated pull; NULL for other kinds.';
COMMENT ON COLUMN mart.pull.status IS 'complete: every page arrived and the pages agree; incomplete: rows received so far are stored, absence is not inferred; held_back: complete, but the circuit breaker waits for a person because too many products would become absent; dismissed: held back, then rejected by a person; superseded: held back until a later pull of the office was complete; failed: no rows were received.';
COMMENT ON COLUMN mart.pull.problem IS 'Why the pull is not complete, or was held back, in one line.';
COMMENT ON COLUMN mart.pull.started_at IS 'Time at which the pull started, by the clock of the worker.';
COMMENT ON COLUMN mart.pull.first_page_at IS 'Earliest time of a page of the read that counts, by the clock of the API; NULL where none arrived.';
COMMENT ON COLUMN mart.pull.last_page_at IS 'Latest time of a page of the read that counts, by the clock of the API; NULL where none arrived.';
COMMENT ON COLUMN mart.pull.landed_at IS 'Time of the commit of the pull, by the clock of the database.';
COMMENT ON COLUMN mart.pull.reads IS 'Number of times that all pages were read; more than 1 where rows moved between pages.';
COMMENT ON COLUMN mart.pull.requests IS 'Number of responses received, of errors and retries included. Additive. A request without a response is not counted.';
COMMENT ON COLUMN mart.pull.items IS 'Number of usable items of the read that counts.';
COMMENT ON COLUMN mart.pull.rejected IS 'Number of items of the read that counts that were quarantined.';
COMMENT ON COLUMN mart.pull.set_aside IS 'Number of fields and lab results of the read that counts that were quarantined; the rest of their items was used.';
COMMENT ON COLUMN mart.pull.deviations IS 'Number of values of the read that counts that were used although they are not as documented.';
COMMENT ON COLUMN mart.pull.changes IS 'Number of rows that the pull added to mart.inventory_change.';
COMMENT ON COLUMN mart.pull.package_changes IS 'Number of rows that the pull added to mart.package_change.';
COMMENT ON COLUMN mart.pull.decided_at IS 'Time at which a held-back pull was accepted (then its status is complete), dismissed or superseded; NULL for all other pulls.';
COMMENT ON COLUMN mart.pull.decided_by IS 'Who accepted or dismissed the pull: the Airflow user and run, or the shell user.';
COMMENT ON COLUMN mart.pull.superseded_by IS 'Id of the later complete pull of the office that superseded it.';
COMMENT ON COLUMN mart.pull.dag_id IS 'Id of the DAG whose run made the pull; NULL where it was made outside Airflow, as by the command line.';
COMMENT ON COLUMN mart.pull.run_id IS 'Id of the run of the DAG; NULL outside Airflow.';
COMMENT ON COLUMN mart.pull.try_number IS 'Number of the try of the task, from 1; NULL outside Airflow.';
COMMENT ON COLUMN mart.pull.task_id IS 'Id of the task in the run; NULL outside Airflow.';
