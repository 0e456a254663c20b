-- What was requested of the API, what came back, and what could not be used.

CREATE SCHEMA raw;
CREATE SCHEMA inventory;
CREATE SCHEMA mart;

COMMENT ON SCHEMA raw IS 'Responses of the API exactly as received. Everything in inventory can be rebuilt from here.';
COMMENT ON SCHEMA inventory IS 'Observations, current stock and daily snapshots, derived from raw.';
COMMENT ON SCHEMA ops IS 'Pull ledger, quarantine, publications and settings of the pipeline.';
COMMENT ON SCHEMA mart IS 'Views and functions for analysts: the only schema they read.';

COMMENT ON TABLE ops.migration IS 'Revision of the tables: Alembic''s version table.';
COMMENT ON COLUMN ops.migration.version_num IS 'Name of the last folder of include/sql/migrations that was applied.';

CREATE TABLE ops.definition (
    name text PRIMARY KEY,
    digest text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ops.definition IS 'Functions and views as the last migration left them: one is created again when its file differs.';
COMMENT ON COLUMN ops.definition.name IS 'Name of the function or view, with its schema.';
COMMENT ON COLUMN ops.definition.digest IS 'SHA-256 of the file that defines it.';
COMMENT ON COLUMN ops.definition.applied_at IS 'When it was last created or replaced.';

CREATE TABLE ops.setting (
    name text PRIMARY KEY,
    value text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE ops.setting IS 'Settings that SQL needs. The values here count for every process; indicaonline settings --apply writes those of an environment.';
COMMENT ON COLUMN ops.setting.name IS 'Name of the setting, without its unit. time_zone.<office>: of an office that has its own; discrepancy.<rule>: a threshold.';
COMMENT ON COLUMN ops.setting.value IS 'Its value, as text; for a duration, an interval.';
COMMENT ON COLUMN ops.setting.changed_at IS 'When the value was last changed here.';

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
    superseded_by bigint REFERENCES ops.pull,
    is_enqueued boolean NOT NULL DEFAULT false,
    is_rolled_up boolean NOT NULL DEFAULT false,
    CHECK (status = 'failed' OR (first_page_at IS NOT NULL AND last_page_at IS NOT NULL)),
    -- Statements read the pages of a pull by its number and prune partitions by these two: no page lies outside.
    CHECK (first_page_at <= last_page_at),
    CHECK (status <> 'dismissed' OR (decided_at IS NOT NULL AND decided_by IS NOT NULL)),
    CHECK ((status = 'superseded') = (superseded_by IS NOT NULL)),
    CONSTRAINT pull_asks_for_packages CHECK (
        (kind IN ('packages', 'package')) = (product_id IS NOT NULL) AND (kind = 'package') = (package_id IS NOT NULL)
    )
);
CREATE INDEX pull_by_office ON ops.pull (office_id, first_page_at) WHERE kind = 'office';
CREATE INDEX pull_held_back ON ops.pull (office_id) WHERE status = 'held_back';
CREATE INDEX pull_by_update ON ops.pull (first_page_at) WHERE kind = 'updated';
CREATE INDEX pull_of_packages ON ops.pull (first_page_at) WHERE kind IN ('packages', 'package');
CREATE INDEX pull_to_enqueue ON ops.pull (pull_id) WHERE changes > 0 AND NOT is_enqueued;
CREATE INDEX pull_to_roll_up ON ops.pull (pull_id)
WHERE NOT is_rolled_up AND kind IN ('office', 'updated', 'product') AND status IN ('complete', 'incomplete');
-- Asks whether anything was seen at or after a pull.
CREATE INDEX pull_by_last_page ON ops.pull (last_page_at)
WHERE kind IN ('office', 'updated', 'product') AND status IN ('complete', 'incomplete');
COMMENT ON TABLE ops.pull IS 'Pull ledger: one row per logical read of the API, committed together with what it landed.';
COMMENT ON COLUMN ops.pull.pull_id IS 'Number of the pull, in the order in which pulls started.';
COMMENT ON COLUMN ops.pull.kind IS 'office: all stock of one office; updated: what changed since an instant; product: one product in all offices; reference: a list of names; packages: the active packages of one product; package: one package by its id.';
COMMENT ON COLUMN ops.pull.office_id IS 'The office asked for; NULL for other kinds.';
COMMENT ON COLUMN ops.pull.product_id IS 'The product whose packages were asked for, by the inventory items; NULL for other kinds.';
COMMENT ON COLUMN ops.pull.package_id IS 'The package that was asked for by its id; NULL for other kinds.';
COMMENT ON COLUMN ops.pull.resource IS 'What was asked for beyond the office: the product id, or the name of the reference list.';
COMMENT ON COLUMN ops.pull.since IS 'Start of the window of an updated pull.';
COMMENT ON COLUMN ops.pull.status IS 'complete: every page arrived and agreed; incomplete: what it saw counts, what it did not see proves nothing; held_back: complete but would empty too much, waits for a person; dismissed: held back until a person said that it is wrong; superseded: held back until a later pull of the office was complete; failed: saw nothing.';
COMMENT ON COLUMN ops.pull.problem IS 'Why the pull is not complete, or was held back, in one line.';
COMMENT ON COLUMN ops.pull.started_at IS 'When the pull began, by the clock of the worker.';
COMMENT ON COLUMN ops.pull.first_page_at IS 'Earliest time of a page of the read that counts, by the clock of the API; not always that of page 1, because servers have clocks of their own.';
COMMENT ON COLUMN ops.pull.last_page_at IS 'Latest time of a page of the read that counts, by the clock of the API. Absences are observed here.';
COMMENT ON COLUMN ops.pull.server_dated IS 'Whether the API sent a Date with every response; otherwise its times are those of the worker.';
COMMENT ON COLUMN ops.pull.reads IS 'How often all pages were read because they moved.';
COMMENT ON COLUMN ops.pull.counted_read IS 'Which of these reads counts; 0 when none saw anything.';
COMMENT ON COLUMN ops.pull.pages IS 'Pages of the read that counts that were staged: what a rebuild from raw reads again.';
COMMENT ON COLUMN ops.pull.total IS 'Rows the API announced for the read that counts.';
COMMENT ON COLUMN ops.pull.items IS 'Usable items of the read that counts.';
COMMENT ON COLUMN ops.pull.rejected IS 'Items of the read that counts that went to quarantine.';
COMMENT ON COLUMN ops.pull.set_aside IS 'Fields and lab results of the read that counts that could not be read and went to quarantine; the rest of their items was used.';
COMMENT ON COLUMN ops.pull.deviations IS 'Values of the read that counts that were used though they are not as documented: a number or id sent as text, a date with a time, an unknown measurement.';
COMMENT ON COLUMN ops.pull.changes IS 'Rows that the pull put into inventory.stock_change.';
COMMENT ON COLUMN ops.pull.package_changes IS 'Rows that the pull put into inventory.package_change.';
COMMENT ON COLUMN ops.pull.landed_at IS 'When the pull was committed, by the clock of the database.';
COMMENT ON COLUMN ops.pull.decided_at IS 'When a pull that had been held back was accepted (then its status is complete), dismissed or superseded; NULL for every other pull.';
COMMENT ON COLUMN ops.pull.decided_by IS 'Who accepted or dismissed it: the user of Airflow with the run, or the user of the shell.';
COMMENT ON COLUMN ops.pull.superseded_by IS 'The later complete pull of the office that superseded it.';
COMMENT ON COLUMN ops.pull.is_enqueued IS 'Whether the packages that this pull saw change are in ops.package_refresh_queue, or were looked at since.';
COMMENT ON COLUMN ops.pull.is_rolled_up IS 'Whether what this pull changed is in inventory.daily_movement.';

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
COMMENT ON TABLE ops.quarantine IS 'Items that could not be used. A product in quarantine is neither changed nor absent in that pull.';
COMMENT ON COLUMN ops.quarantine.quarantine_id IS 'Number of the row.';
COMMENT ON COLUMN ops.quarantine.pull_id IS 'The pull that met the item.';
COMMENT ON COLUMN ops.quarantine.counted IS 'Whether the item is of the read that counts.';
COMMENT ON COLUMN ops.quarantine.observed_at IS 'Time of the page the item was on.';
COMMENT ON COLUMN ops.quarantine.office_id IS 'Office of the item, where it could be read.';
COMMENT ON COLUMN ops.quarantine.product_id IS 'Product of the item, where it could be read.';
COMMENT ON COLUMN ops.quarantine.package_id IS 'Package of the item, where it is one and its id could be read.';
COMMENT ON COLUMN ops.quarantine.field IS 'The field that was set aside, in a list with its name before it (lab_results.potency); NULL where the whole item was rejected.';
COMMENT ON COLUMN ops.quarantine.reason IS 'What is wrong with the item, or with the field.';
COMMENT ON COLUMN ops.quarantine.body IS 'The item, or its id and the field, as received, at most 2,000 characters.';

CREATE TABLE ops.watermark (
    stream text PRIMARY KEY CHECK (stream = 'updated'),
    reached_at timestamptz NOT NULL,
    pull_id bigint NOT NULL REFERENCES ops.pull
);
COMMENT ON TABLE ops.watermark IS 'How far the changes have been pulled without a gap. Committed with the rows of the pull that moved it.';
COMMENT ON COLUMN ops.watermark.stream IS 'What is pulled: updated, the changes of all offices.';
COMMENT ON COLUMN ops.watermark.reached_at IS 'Earliest time of a page of the last complete pull that started at or before the watermark, by the clock of the API. The next pull starts there, minus an overlap.';
COMMENT ON COLUMN ops.watermark.pull_id IS 'The pull that moved it here.';

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
COMMENT ON TABLE ops.publication IS 'Which business days were published for which office, and on what they rest.';
COMMENT ON COLUMN ops.publication.snapshot_date IS 'Business day.';
COMMENT ON COLUMN ops.publication.office_id IS 'Office.';
COMMENT ON COLUMN ops.publication.basis IS 'observed, carried_forward, or missing: then there are no rows.';
COMMENT ON COLUMN ops.publication.pull_id IS 'The pull that an observed day shows.';
COMMENT ON COLUMN ops.publication.day_end IS 'The instant at which the business day ended.';
COMMENT ON COLUMN ops.publication.depends_until IS 'Time of the last observation the day may rest on: a later one cannot change it.';
COMMENT ON COLUMN ops.publication.row_count IS 'Rows of the published day.';
COMMENT ON COLUMN ops.publication.published_at IS 'When what is published last changed, by the clock of the database.';

CREATE SEQUENCE raw.response_id;
COMMENT ON SEQUENCE raw.response_id IS 'Numbers responses in the order in which they came.';

CREATE TABLE raw.response (
    response_id bigint NOT NULL DEFAULT nextval('raw.response_id'),
    pull_id bigint NOT NULL,
    read integer NOT NULL,
    page integer NOT NULL,
    requested_at timestamptz NOT NULL,
    observed_at timestamptz NOT NULL,
    server_dated boolean NOT NULL,
    path text NOT NULL,
    parameters jsonb NOT NULL,
    status integer NOT NULL,
    body bytea NOT NULL
) PARTITION BY RANGE (observed_at);
CREATE INDEX response_by_pull ON raw.response (pull_id);
COMMENT ON TABLE raw.response IS 'Every response of the API, insert-only, in monthly partitions. The server compresses the bodies.';
COMMENT ON COLUMN raw.response.response_id IS 'Number of the response; of one page that was asked for again, the last counts.';
COMMENT ON COLUMN raw.response.pull_id IS 'The pull in ops.pull.';
COMMENT ON COLUMN raw.response.read IS 'Which reading of all pages, from 1.';
COMMENT ON COLUMN raw.response.page IS 'Which page of the read, from 1. The same page again is a retry.';
COMMENT ON COLUMN raw.response.requested_at IS 'When the request was sent, by the clock of the worker.';
COMMENT ON COLUMN raw.response.observed_at IS 'The Date header of the response, or the clock of the worker where there is none.';
COMMENT ON COLUMN raw.response.server_dated IS 'Whether observed_at is the Date header.';
COMMENT ON COLUMN raw.response.path IS 'Path of the request, without the host.';
COMMENT ON COLUMN raw.response.parameters IS 'Query parameters of the request.';
COMMENT ON COLUMN raw.response.status IS 'HTTP status.';
COMMENT ON COLUMN raw.response.body IS 'The body, byte for byte. To read it: convert_from(body, ''UTF8'')::jsonb.';
