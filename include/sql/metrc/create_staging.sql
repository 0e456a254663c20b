-- Temporary table for the rows of an export from Metrc; those that cannot be used have a reason.
CREATE TEMPORARY TABLE IF NOT EXISTS staged_metrc (
    line bigint NOT NULL,
    tag text,
    item text,
    quantity numeric,
    unit text,
    license text,
    reason text
) ON COMMIT DELETE ROWS;
