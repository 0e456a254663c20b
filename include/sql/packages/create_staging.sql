-- Temporary tables for fetches of packages: visible to this session only, emptied at the end of each transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS staged_package (
    pull_id bigint NOT NULL,
    page integer NOT NULL,
    observed_at timestamptz NOT NULL,
    package_id bigint NOT NULL,
    is_gone boolean NOT NULL,
    product_id bigint NOT NULL,
    uid text,
    source_uid text,
    vendor text,
    batch_id text,
    harvest_production_date date,
    packaged_date date,
    check_in_date date,
    checked_in_to bigint,
    available_in_office bigint[],
    best_by date,
    tested_date date,
    measurement text,
    checked_in_quantity numeric,
    checked_in_unit text,
    available_quantity numeric,
    available_unit text,
    checked_in jsonb,
    available jsonb,
    unknown jsonb
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE IF NOT EXISTS staged_lab_result (
    pull_id bigint NOT NULL,
    page integer NOT NULL,
    package_id bigint NOT NULL,
    analyte_id bigint NOT NULL,
    measurement_code bigint,
    potency numeric,
    unknown jsonb
) ON COMMIT DELETE ROWS;

-- How each pull of the batch ended, and its items and fields that could not be used.
CREATE TEMPORARY TABLE IF NOT EXISTS staged_fetch (
    pull_id bigint NOT NULL,
    product_id bigint NOT NULL,
    package_id bigint,
    observed_at timestamptz,
    is_complete boolean NOT NULL,
    is_refused boolean NOT NULL
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE IF NOT EXISTS staged_refusal (
    pull_id bigint NOT NULL,
    observed_at timestamptz NOT NULL,
    product_id bigint NOT NULL,
    package_id bigint,
    field text,
    reason text NOT NULL,
    body text NOT NULL
) ON COMMIT DELETE ROWS;

-- Packages of the batch, the time of their first new observation, and whether it is late-arriving: not after the last
-- observation already stored.
CREATE TEMPORARY TABLE IF NOT EXISTS touched_package (
    package_id bigint PRIMARY KEY,
    replay_from timestamptz NOT NULL,
    is_late_arriving boolean NOT NULL
) ON COMMIT DELETE ROWS;

-- Observations of these packages from that time on, in the order of time: the baseline before it, replayed ones and new
-- ones. The state is a row of inventory.package_state without its times.
CREATE TEMPORARY TABLE IF NOT EXISTS state_event (
    package_id bigint NOT NULL,
    observed_at timestamptz NOT NULL,
    pull_id bigint NOT NULL,
    page integer,
    is_baseline boolean NOT NULL,
    is_gone boolean NOT NULL,
    state jsonb NOT NULL,
    PRIMARY KEY (package_id, observed_at)
) ON COMMIT DELETE ROWS;

-- Runs of equal states: each is one version.
CREATE TEMPORARY TABLE IF NOT EXISTS state_span (
    package_id bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    seen_until timestamptz,
    pull_id bigint NOT NULL,
    is_baseline boolean NOT NULL,
    state jsonb NOT NULL,
    PRIMARY KEY (package_id, valid_from)
) ON COMMIT DELETE ROWS;

-- Lab results in each observation. No row means that the analyte was not among the results of the package.
CREATE TEMPORARY TABLE IF NOT EXISTS lab_event (
    package_id bigint NOT NULL,
    analyte_id bigint NOT NULL,
    measurement_code bigint,
    observed_at timestamptz NOT NULL,
    pull_id bigint NOT NULL,
    is_baseline boolean NOT NULL,
    potency numeric,
    tested_date date,
    product_id bigint NOT NULL,
    uid text,
    vendor text,
    batch_id text,
    unknown jsonb
) ON COMMIT DELETE ROWS;

-- Runs of equal results: each is one version.
CREATE TEMPORARY TABLE IF NOT EXISTS lab_span (
    package_id bigint NOT NULL,
    analyte_id bigint NOT NULL,
    measurement_code bigint,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    pull_id bigint NOT NULL,
    is_baseline boolean NOT NULL,
    event text NOT NULL,
    potency numeric,
    tested_date date,
    product_id bigint NOT NULL,
    uid text,
    vendor text,
    batch_id text,
    unknown jsonb
) ON COMMIT DELETE ROWS;
