-- Temporary tables for fetches of packages: visible to this session only, emptied at the end of each transaction.
-- Lab results are arrays in one order, as in inventory.lab_panel; empty where a package has none.
CREATE TEMPORARY TABLE IF NOT EXISTS staged_package (
    package_id bigint NOT NULL,
    observed_at timestamptz NOT NULL,
    pull_id bigint,
    page integer,
    is_gone boolean NOT NULL,
    product_id bigint,
    uid text,
    source_uid text,
    vendor text,
    batch_id text,
    harvest_production_date date,
    packaged_date date,
    check_in_date date,
    best_by date,
    tested_date date,
    checked_in_to bigint,
    measurement text,
    checked_in_quantity numeric,
    checked_in_unit text,
    available_unit text,
    checked_in jsonb,
    unknown jsonb,
    available_quantity numeric,
    available_in_office bigint[],
    available jsonb,
    analyte_ids bigint[] NOT NULL,
    measurement_codes bigint[] NOT NULL,
    potencies numeric[] NOT NULL,
    lab_unknown jsonb[]
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

-- Observations of these packages from that time on, in the order of time: the baseline, which is what was valid before,
-- replayed ones and new ones, each compared with the one before it. next_state_at and next_panel_at: when a different one
-- was observed. seen_until: when this state was last seen before that.
CREATE TEMPORARY TABLE IF NOT EXISTS package_event (
    LIKE staged_package,
    is_baseline boolean NOT NULL,
    panel_from timestamptz,
    attributes_from timestamptz,
    is_new_attributes boolean NOT NULL,
    is_new_state boolean NOT NULL,
    is_new_panel boolean NOT NULL,
    next_state_at timestamptz,
    next_panel_at timestamptz,
    seen_until timestamptz NOT NULL,
    PRIMARY KEY (package_id, observed_at)
) ON COMMIT DELETE ROWS;
