-- Returns the first bad rows of the export, by line.
SELECT s.line, s.reason
FROM staged_metrc AS s
WHERE s.reason IS NOT NULL
ORDER BY s.line
LIMIT %(most)s;
