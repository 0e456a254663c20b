-- Requests, responses and quarantine: the ledger of what was read from the API.

CREATE SCHEMA raw;
CREATE SCHEMA inventory;
CREATE SCHEMA mart;

COMMENT ON SCHEMA raw IS 'Responses of the API exactly as received. All of inventory can be rebuilt from them.';
COMMENT ON SCHEMA inventory IS 'Observations, current stock, daily snapshots, and package and lab history: derived from raw.';
COMMENT ON SCHEMA ops IS 'Pull ledger, quarantine, publications, queue and settings of the pipeline.';
COMMENT ON SCHEMA mart IS 'Views and functions for analysts: the only schema that they read.';

COMMENT ON TABLE ops.migration IS 'One row: the revision of the tables (Alembic''s version table).';
COMMENT ON COLUMN ops.migration.version_num IS 'Name of the last folder of include/sql/migrations that was applied.';

CREATE TABLE ops.definition (
    name text PRIMARY KEY,
    digest text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ops.definition IS 'One row per function and view as the last migration left it: a migration creates it again where its file differs.';
COMMENT ON COLUMN ops.definition.name IS 'Name of the function or view, with its schema.';
COMMENT ON COLUMN ops.definition.digest IS 'SHA-256 of the file that defines it.';
COMMENT ON COLUMN ops.definition.applied_at IS 'Time at which it was last created or replaced.';

CREATE TABLE ops.setting (
    name text PRIMARY KEY,
    value text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ops.setting IS 'One row per setting that SQL uses. The values here are in force for every process; indicaonline settings --apply writes those of an environment.';
COMMENT ON COLUMN ops.setting.name IS 'Name of the setting, without its unit. time_zone.<office>: time zone of an office that has its own; discrepancy.<rule>: threshold of a rule.';
COMMENT ON COLUMN ops.setting.value IS 'Value as text; a duration is an interval.';
COMMENT ON COLUMN ops.setting.changed_at IS 'Time at which the value was last changed here.';

CREATE SEQUENCE ops.pull_id;
COMMENT ON SEQUENCE ops.pull_id IS 'Numbers pulls in the order in which they start, so that of two observations in one second the later pull wins.';

CREATE TABLE ops.pull (
    pull_id bigint PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('office', 'updated', 'product', 'reference', 'packages', 'package')),
    office_id bigint CHECK ((kind = 'office') = (office_id IS NOT NULL)),
    product_id bigint,
    package_id bigint,
    resource text,
    since timestamptz CHECK ((kind = 'updated') = (since IS NOT NULL)),
    status text NOT NULL CHECK (
        status IN ('complete', 'incomplete', 'held_back', 'dismissed', 'superseded', 'failed')
    ),
    problem text,
    started_at timestamptz NOT NULL,
    first_page_at timestamptz,
    last_page_at timestamptz,
    server_dated boolean,
    reads integer NOT NULL,
    requests integer NOT NULL DEFAULT 0,
    counted_read integer NOT NULL,
    pages integer[],
    total bigint,
    items bigint NOT NULL DEFAULT 0,
    rejected bigint NOT NULL DEFAULT 0,
    set_aside bigint NOT NULL DEFAULT 0,
    deviations bigint NOT NULL DEFAULT 0,
    changes bigint NOT NULL DEFAULT 0,
    package_changes bigint NOT NULL DEFAULT 0,
    landed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_at timestamptz,
    decided_by text,
    decision_note text,
    products_with_stock bigint,
    superseded_by bigint REFERENCES ops.pull,
    is_enqueued boolean NOT NULL DEFAULT false,
    is_rolled_up boolean NOT NULL DEFAULT false,
    dag_id text,
    run_id text,
    task_id text,
    try_number integer,
    CHECK (status = 'failed' OR (first_page_at IS NOT NULL AND last_page_at IS NOT NULL)),
    -- Statements find the pages of a pull by its id and prune partitions by these two: no page lies outside.
    CHECK (first_page_at <= last_page_at),
    CHECK (status <> 'dismissed' OR (decided_at IS NOT NULL AND decided_by IS NOT NULL)),
    CHECK ((status = 'superseded') = (superseded_by IS NOT NULL)),
    CONSTRAINT pull_has_its_ids CHECK (
        (kind IN ('product', 'packages', 'package')) = (product_id IS NOT NULL)
        AND (kind = 'package') = (package_id IS NOT NULL)
    )
);
-- The page in Airflow's UI counts the pulls of the last day, of all kinds.
CREATE INDEX pull_by_start ON ops.pull (started_at);
CREATE INDEX pull_by_office ON ops.pull (office_id, first_page_at) WHERE kind = 'office';
-- Finds the few pulls that were ever held back among the many of packages.
CREATE INDEX pull_held_back ON ops.pull (office_id, pull_id)
WHERE kind = 'office' AND (status = 'held_back' OR decided_at IS NOT NULL);
CREATE INDEX pull_by_update ON ops.pull (first_page_at) WHERE kind = 'updated';
CREATE INDEX pull_of_packages ON ops.pull (first_page_at) WHERE kind IN ('packages', 'package');
CREATE INDEX pull_to_enqueue ON ops.pull (pull_id) WHERE changes > 0 AND NOT is_enqueued;
CREATE INDEX pull_to_roll_up ON ops.pull (pull_id)
WHERE NOT is_rolled_up AND kind IN ('office', 'updated', 'product') AND status IN ('complete', 'incomplete');
-- Finds pulls with pages at or after an instant.
CREATE INDEX pull_by_last_page ON ops.pull (last_page_at)
WHERE kind IN ('office', 'updated', 'product') AND status IN ('complete', 'incomplete');
-- Finds the few pulls with a problem among very many without.
CREATE INDEX pull_not_complete ON ops.pull (started_at) WHERE status <> 'complete';
COMMENT ON TABLE ops.pull IS 'One row per pull: one logical read of the API. Pull ledger; a row is committed together with the rows that the pull loaded.';
COMMENT ON COLUMN ops.pull.pull_id IS 'Id of the pull; ids are in the order in which pulls started.';
COMMENT ON COLUMN ops.pull.kind IS 'office: all stock of one office; updated: what changed since an instant; product: one product in all offices; reference: a reference list; packages: the active packages of one product; package: one package by its id.';
COMMENT ON COLUMN ops.pull.office_id IS 'Id of the office that was requested; NULL for other kinds.';
COMMENT ON COLUMN ops.pull.product_id IS 'Id of the product that was requested, or whose packages were; NULL for other kinds.';
COMMENT ON COLUMN ops.pull.package_id IS 'Id of the package that was requested; NULL for other kinds.';
COMMENT ON COLUMN ops.pull.resource IS 'Name of the reference list that was requested; NULL for other kinds.';
COMMENT ON COLUMN ops.pull.since IS 'Start of the window of an updated pull.';
COMMENT ON COLUMN ops.pull.status IS 'complete: every page arrived and the pages agree; incomplete: rows received so far are stored, absence is not inferred; held_back: complete, but the circuit breaker waits for a person because too many products would become absent; dismissed: held back, then rejected by a person; superseded: held back until a later pull of the office was complete; failed: no rows were received.';
COMMENT ON COLUMN ops.pull.problem IS 'Why the pull is not complete, or was held back, in one line.';
COMMENT ON COLUMN ops.pull.started_at IS 'Time at which the pull started, by the clock of the worker.';
COMMENT ON COLUMN ops.pull.first_page_at IS 'Earliest time of a page of the read that counts, by the clock of the API. It may not be the time of page 1, because API servers have separate clocks.';
COMMENT ON COLUMN ops.pull.last_page_at IS 'Latest time of a page of the read that counts, by the clock of the API. Absences are observed at this time.';
COMMENT ON COLUMN ops.pull.server_dated IS 'True where the API sent a Date with every response; otherwise the times are those of the worker.';
COMMENT ON COLUMN ops.pull.reads IS 'Number of times that all pages were read; more than 1 where rows moved between pages.';
COMMENT ON COLUMN ops.pull.requests IS 'Number of responses received, of errors and retries included. A request without a response is not counted.';
COMMENT ON COLUMN ops.pull.counted_read IS 'Number of the read that counts; 0 where no read received rows.';
COMMENT ON COLUMN ops.pull.pages IS 'Page numbers of the read that counts: a rebuild reads them from raw.';
COMMENT ON COLUMN ops.pull.total IS 'Number of rows that the API announced for the read that counts.';
COMMENT ON COLUMN ops.pull.items IS 'Number of usable items of the read that counts.';
COMMENT ON COLUMN ops.pull.rejected IS 'Number of items of the read that counts that were quarantined.';
COMMENT ON COLUMN ops.pull.set_aside IS 'Number of fields and lab results of the read that counts that could not be read and were quarantined; the rest of their items was used.';
COMMENT ON COLUMN ops.pull.deviations IS 'Number of values of the read that counts that were used although they are not as documented: a number or id sent as text, a date with a time, an unknown measurement.';
COMMENT ON COLUMN ops.pull.changes IS 'Number of rows that the pull added to inventory.stock_change.';
COMMENT ON COLUMN ops.pull.package_changes IS 'Number of rows that the pull added to inventory.package_change.';
COMMENT ON COLUMN ops.pull.landed_at IS 'Time of the commit of the pull, by the clock of the database.';
COMMENT ON COLUMN ops.pull.decided_at IS 'Time at which a held-back pull was accepted (then its status is complete), dismissed or superseded; NULL for all other pulls.';
COMMENT ON COLUMN ops.pull.decided_by IS 'Who accepted or dismissed the pull: the Airflow user and run, or the shell user.';
COMMENT ON COLUMN ops.pull.decision_note IS 'Note of the person who accepted or dismissed the pull; NULL where there is none.';
COMMENT ON COLUMN ops.pull.products_with_stock IS 'Number of products with stock in the office when the pull was held back; NULL for a pull that never was.';
COMMENT ON COLUMN ops.pull.superseded_by IS 'Id of the later complete pull of the office that superseded it.';
COMMENT ON COLUMN ops.pull.is_enqueued IS 'True where the packages that this pull changed were added to ops.package_refresh_queue, or did not have to be.';
COMMENT ON COLUMN ops.pull.is_rolled_up IS 'True where the changes of this pull are in inventory.daily_movement.';
COMMENT ON COLUMN ops.pull.dag_id IS 'Id of the DAG whose run made the pull; NULL where it was made outside Airflow, as by the command line.';
COMMENT ON COLUMN ops.pull.run_id IS 'Id of the run of the DAG; NULL outside Airflow.';
COMMENT ON COLUMN ops.pull.task_id IS 'Id of the task in the run; NULL outside Airflow.';
COMMENT ON COLUMN ops.pull.try_number IS 'Number of the try of the task, from 1; NULL outside Airflow.';

CREATE TABLE ops.held_back_product (
    office_id bigint NOT NULL,
    pull_id bigint NOT NULL REFERENCES ops.pull,
    product_id bigint NOT NULL,
    PRIMARY KEY (office_id, pull_id, product_id)
);
COMMENT ON TABLE ops.held_back_product IS 'One row per held-back pull and product with stock that the pull no longer listed, as found when it was held back. Kept after the decision, as the ledger is.';
COMMENT ON COLUMN ops.held_back_product.office_id IS 'Id of the office of the pull.';
COMMENT ON COLUMN ops.held_back_product.pull_id IS 'Id of the pull.';
COMMENT ON COLUMN ops.held_back_product.product_id IS 'Id of the product that would vanish.';

CREATE TABLE ops.quarantine (
    quarantine_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    pull_id bigint NOT NULL REFERENCES ops.pull,
    counted boolean NOT NULL,
    observed_at timestamptz NOT NULL,
    office_id bigint,
    product_id bigint,
    package_id bigint,
    field text,
    reason text NOT NULL,
    body text NOT NULL
);
CREATE INDEX quarantine_by_pull ON ops.quarantine (pull_id, office_id, product_id);
-- The page in Airflow's UI lists the last ones, and counts those of a month.
CREATE INDEX quarantine_by_time ON ops.quarantine (observed_at);
COMMENT ON TABLE ops.quarantine IS 'One row per item, or field of an item, that could not be used. A quarantined product is neither changed nor absent in that pull.';
COMMENT ON COLUMN ops.quarantine.quarantine_id IS 'Id of the row.';
COMMENT ON COLUMN ops.quarantine.pull_id IS 'Id of the pull that received the item.';
COMMENT ON COLUMN ops.quarantine.counted IS 'True where the item belongs to the read that counts.';
COMMENT ON COLUMN ops.quarantine.observed_at IS 'Time of the page with the item.';
COMMENT ON COLUMN ops.quarantine.office_id IS 'Id of the office of the item, where it could be read.';
COMMENT ON COLUMN ops.quarantine.product_id IS 'Id of the product of the item, where it could be read.';
COMMENT ON COLUMN ops.quarantine.package_id IS 'Id of the package, where the item is one and its id could be read.';
COMMENT ON COLUMN ops.quarantine.field IS 'Field that was set aside; a field of a list is prefixed with its name (lab_results.potency). NULL where the whole item was rejected.';
COMMENT ON COLUMN ops.quarantine.reason IS 'Why the item or field could not be used.';
COMMENT ON COLUMN ops.quarantine.body IS 'The item, or its id and the field, as received, at most 2,000 characters.';

CREATE TABLE ops.watermark (
    stream text PRIMARY KEY CHECK (stream = 'updated'),
    reached_at timestamptz NOT NULL,
    pull_id bigint NOT NULL REFERENCES ops.pull
);
COMMENT ON TABLE ops.watermark IS 'One row per stream: the time up to which changes have been pulled without a gap. Committed together with the rows of the pull that moved it.';
COMMENT ON COLUMN ops.watermark.stream IS 'updated: the changes of all offices.';
COMMENT ON COLUMN ops.watermark.reached_at IS 'Earliest time of a page of the last complete pull that started at or before the watermark, by the clock of the API. The next pull starts here, minus an overlap.';
COMMENT ON COLUMN ops.watermark.pull_id IS 'Id of the pull that moved it here.';

CREATE TABLE ops.publication (
    snapshot_date date NOT NULL,
    office_id bigint NOT NULL,
    basis text NOT NULL CHECK (basis IN ('observed', 'carried_forward', 'missing')),
    pull_id bigint REFERENCES ops.pull,
    day_end timestamptz NOT NULL,
    depends_until timestamptz NOT NULL,
    row_count bigint NOT NULL,
    published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (office_id, snapshot_date)
);
COMMENT ON TABLE ops.publication IS 'One row per office and published business day: how the day is known, and until when it depends on observations.';
COMMENT ON COLUMN ops.publication.snapshot_date IS 'Business day, in the time zone of the office.';
COMMENT ON COLUMN ops.publication.office_id IS 'Id of the office.';
COMMENT ON COLUMN ops.publication.basis IS 'observed, carried_forward, or missing (then the day has no rows).';
COMMENT ON COLUMN ops.publication.pull_id IS 'Id of the closing pull; NULL unless basis is observed.';
COMMENT ON COLUMN ops.publication.day_end IS 'Instant at which the business day ended.';
COMMENT ON COLUMN ops.publication.depends_until IS 'Time of the last observation on which the day may depend: a later observation cannot change it.';
COMMENT ON COLUMN ops.publication.row_count IS 'Number of rows of the published day.';
COMMENT ON COLUMN ops.publication.published_at IS 'Time at which the published rows last changed, by the clock of the database.';

CREATE TABLE ops.rebuild (
    rebuild_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_day date NOT NULL,
    start_at timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    pulls bigint NOT NULL,
    days bigint NOT NULL,
    requested_by text NOT NULL,
    dag_id text,
    run_id text,
    try_number integer
);
COMMENT ON TABLE ops.rebuild IS 'One row per finished rebuild from raw, committed together with the rows that it derived.';
COMMENT ON COLUMN ops.rebuild.rebuild_id IS 'Id of the rebuild.';
COMMENT ON COLUMN ops.rebuild.from_day IS 'Business day from which a rebuild was requested.';
COMMENT ON COLUMN ops.rebuild.start_at IS 'Instant from which tables were rebuilt: the start of that day, or earlier where a pull would have been split.';
COMMENT ON COLUMN ops.rebuild.started_at IS 'Time at which the rebuild started, by the clock of the database.';
COMMENT ON COLUMN ops.rebuild.finished_at IS 'Time just before its commit, by the clock of the database.';
COMMENT ON COLUMN ops.rebuild.pulls IS 'Number of pulls that were applied again.';
COMMENT ON COLUMN ops.rebuild.days IS 'Number of office-days that were published again.';
COMMENT ON COLUMN ops.rebuild.requested_by IS 'User of the operating system whose process rebuilt.';
COMMENT ON COLUMN ops.rebuild.dag_id IS 'Id of the DAG whose run rebuilt; NULL for the command line.';
COMMENT ON COLUMN ops.rebuild.run_id IS 'Id of the run of the DAG; NULL for the command line.';
COMMENT ON COLUMN ops.rebuild.try_number IS 'Number of the try of the task, from 1; NULL for the command line.';

CREATE SEQUENCE raw.response_id;
COMMENT ON SEQUENCE raw.response_id IS 'Numbers responses in the order in which they arrived.';

CREATE TABLE raw.response (
    response_id bigint NOT NULL DEFAULT nextval('raw.response_id'),
    pull_id bigint NOT NULL,
    requested_at timestamptz NOT NULL,
    observed_at timestamptz NOT NULL,
    subject bigint CHECK (subject IS NULL OR base_id IS NULL),
    base_id bigint,
    read integer NOT NULL,
    page integer NOT NULL,
    status integer NOT NULL,
    server_dated boolean NOT NULL,
    path text,
    parameters jsonb,
    body bytea,
    CONSTRAINT response_is_whole_or_has_a_base CHECK (
        base_id IS NOT NULL OR (path IS NOT NULL AND parameters IS NOT NULL AND body IS NOT NULL)
    )
) PARTITION BY RANGE (observed_at);
CREATE INDEX response_by_pull ON raw.response (pull_id);
-- For a person who asks for one response: ids ascend through the table, so a few ranges of its blocks are read.
CREATE INDEX response_by_id ON raw.response USING brin (response_id);
-- Bases are few among the responses about packages: the last one of a subject, and the one of a response.
CREATE INDEX response_by_subject ON raw.response (subject, response_id) WHERE subject IS NOT NULL;
CREATE INDEX response_base ON raw.response (response_id) WHERE subject IS NOT NULL;
COMMENT ON TABLE raw.response IS 'One row per response of the API, insert-only, in monthly partitions. A body that is equal or similar to that of an earlier response, its base, is stored as a reference or as the difference: indicaonline response <id> prints any body as received. PostgreSQL compresses large bodies.';
COMMENT ON COLUMN raw.response.response_id IS 'Id of the response; where a page was requested again, the last one counts.';
COMMENT ON COLUMN raw.response.pull_id IS 'Id of the pull, in ops.pull.';
COMMENT ON COLUMN raw.response.requested_at IS 'Time at which the request was sent, by the clock of the worker.';
COMMENT ON COLUMN raw.response.observed_at IS 'Date header of the response; the clock of the worker where there is none.';
COMMENT ON COLUMN raw.response.subject IS 'Hash of what was requested (a page of an office, of the packages of a product, and so on), where the response may be the base of later ones of the same; NULL for all others.';
COMMENT ON COLUMN raw.response.base_id IS 'Id of the base, a response of the same month; NULL where the body is stored as received.';
COMMENT ON COLUMN raw.response.read IS 'Number of the read, from 1.';
COMMENT ON COLUMN raw.response.page IS 'Number of the page in the read, from 1. A repeated page is a retry.';
COMMENT ON COLUMN raw.response.status IS 'HTTP status.';
COMMENT ON COLUMN raw.response.server_dated IS 'True where observed_at is the Date header.';
COMMENT ON COLUMN raw.response.path IS 'Path of the request, without the host; NULL where path and parameters are those of the base.';
COMMENT ON COLUMN raw.response.parameters IS 'Query parameters of the request; NULL where path and parameters are those of the base.';
COMMENT ON COLUMN raw.response.body IS 'The body, byte for byte: convert_from(body, ''UTF8'')::jsonb reads it. Where there is a base: NULL if its body is equal; otherwise the difference to it, a Zstandard frame without magic number and size, with the body of the base as its dictionary.';
