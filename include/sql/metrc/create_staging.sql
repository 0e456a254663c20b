-- Where the rows of an export from Metrc land before they are compared: the usable ones, and the others with a reason.
CREATE TEMPORARY TABLE IF NOT EXISTS staged_metrc (
    line bigint NOT NULL,
    tag text,
    item text,
    quantity numeric,
    unit text,
    license text,
    reason text
) ON COMMIT DELETE ROWS;
