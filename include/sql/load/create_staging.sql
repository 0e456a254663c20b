-- Temporary tables for a pull of inventory: visible to this session only, emptied at the end of each transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS staged_item (
    read integer NOT NULL,
    page integer NOT NULL,
    observed_at timestamptz NOT NULL,
    office_id bigint NOT NULL,
    product_id bigint NOT NULL,
    measurement text NOT NULL,
    quantity numeric NOT NULL,
    package_ids bigint[],
    package_quantities numeric[]
) ON COMMIT DELETE ROWS;

CREATE TEMPORARY TABLE IF NOT EXISTS staged_rejected (
    read integer NOT NULL,
    observed_at timestamptz NOT NULL,
    office_id bigint,
    product_id bigint,
    -- Field that was set aside; NULL where the whole item was rejected.
    field text,
    reason text NOT NULL,
    body text NOT NULL
) ON COMMIT DELETE ROWS;

-- Products that the pull listed or proved absent.
CREATE TEMPORARY TABLE IF NOT EXISTS observation (
    office_id bigint NOT NULL,
    product_id bigint NOT NULL,
    observed_at timestamptz NOT NULL,
    pull_id bigint NOT NULL,
    listed boolean NOT NULL,
    measurement text,
    quantity numeric NOT NULL,
    packages_known boolean NOT NULL,
    package_ids bigint[],
    package_quantities numeric[],
    page integer NOT NULL
) ON COMMIT DELETE ROWS;

-- Products with a late-arriving observation: one at or before the last observation already stored.
CREATE TEMPORARY TABLE IF NOT EXISTS late_arriving_product (
    office_id bigint NOT NULL,
    product_id bigint NOT NULL,
    replay_from timestamptz NOT NULL,
    PRIMARY KEY (office_id, product_id)
) ON COMMIT DELETE ROWS;

-- New rows of the change log.
CREATE TEMPORARY TABLE IF NOT EXISTS change (
    office_id bigint NOT NULL,
    product_id bigint NOT NULL,
    observed_at timestamptz NOT NULL,
    pull_id bigint NOT NULL,
    measurement text NOT NULL,
    quantity numeric NOT NULL,
    previous_quantity numeric,
    reason text NOT NULL,
    packages_known boolean NOT NULL,
    package_ids bigint[],
    package_quantities numeric[],
    previous_package_ids bigint[],
    previous_package_quantities numeric[],
    zero_since timestamptz,
    was_above_zero boolean NOT NULL,
    is_last boolean NOT NULL,
    -- The office has no row of the product in current stock.
    is_new boolean NOT NULL
) ON COMMIT DELETE ROWS;
