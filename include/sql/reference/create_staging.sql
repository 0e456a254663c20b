-- Temporary table for a reference list.
CREATE TEMPORARY TABLE IF NOT EXISTS staged_name (
    id bigint NOT NULL,
    name text,
    brand_id bigint,
    category_id bigint,
    strain_type_id bigint,
    measurement text,
    medical_state_license_number text,
    adult_use_state_license_number text,
    observed_at timestamptz NOT NULL,
    -- Fields that could not be read: their known values are kept.
    unread text[] NOT NULL
) ON COMMIT DELETE ROWS;
