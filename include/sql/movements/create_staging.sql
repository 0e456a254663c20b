-- Temporary tables for a roll-up: visible to this session only, emptied at the end of each transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS due_pull (
    pull_id bigint NOT NULL,
    office_id bigint,
    first_page_at timestamptz NOT NULL,
    last_page_at timestamptz NOT NULL
) ON COMMIT DELETE ROWS;

-- Offices that a pull concerns; is_last: no other pull of the office is later.
CREATE TEMPORARY TABLE IF NOT EXISTS due_office (
    pull_id bigint NOT NULL,
    office_id bigint NOT NULL,
    first_page_at timestamptz NOT NULL,
    last_page_at timestamptz NOT NULL,
    time_zone text NOT NULL,
    is_last boolean NOT NULL
) ON COMMIT DELETE ROWS;

-- First business day from which the rows of a product in an office are derived again, and the start of that day.
CREATE TEMPORARY TABLE IF NOT EXISTS due_movement (
    office_id bigint NOT NULL,
    product_id bigint NOT NULL,
    from_day date NOT NULL,
    from_at timestamptz NOT NULL,
    time_zone text NOT NULL,
    PRIMARY KEY (office_id, product_id)
) ON COMMIT DELETE ROWS;
