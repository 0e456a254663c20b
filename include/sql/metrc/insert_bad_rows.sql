-- Inserts the rows of the export that could not be used.
INSERT INTO ops.metrc_bad_row (reconciliation_id, line, reason)
SELECT %(reconciliation_id)s, s.line, s.reason
FROM staged_metrc AS s
WHERE s.reason IS NOT NULL;
