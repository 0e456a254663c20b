-- What a roll-up is about: pulls, and the days of products that follow from them. Seen by this session only, empty after
-- each transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS due_pull (
    pull_id bigint NOT NULL,
    office_id bigint,
    first_page_at timestamptz NOT NULL,
    last_page_at timestamptz NOT NULL
) ON COMMIT DELETE ROWS;

-- The offices that a pull speaks for; is_last: no other pull of the office was later.
CREATE TEMPORARY TABLE IF NOT EXISTS due_office (
    pull_id bigint NOT NULL,
    office_id bigint NOT NULL,
    first_page_at timestamptz NOT NULL,
    last_page_at timestamptz NOT NULL,
    time_zone text NOT NULL,
    is_last boolean NOT NULL
) ON COMMIT DELETE ROWS;

-- From which business day on the rows of a product in an office are made again, and when that day began.
CREATE TEMPORARY TABLE IF NOT EXISTS due_movement (
    office_id bigint NOT NULL,
    product_id bigint NOT NULL,
    from_day date NOT NULL,
    from_at timestamptz NOT NULL,
    time_zone text NOT NULL,
    PRIMARY KEY (office_id, product_id)
) ON COMMIT DELETE ROWS;
