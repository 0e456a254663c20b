-- Rejects repeated tags: the first row of a tag counts.
UPDATE staged_metrc AS s
SET reason = 'The tag is in line ' || f.line || ' already.'
FROM (
    SELECT u.tag, min(u.line) AS line
    FROM staged_metrc AS u
    WHERE u.reason IS NULL
    GROUP BY u.tag
    HAVING count(*) > 1
) AS f
WHERE s.tag = f.tag AND s.reason IS NULL AND s.line > f.line;
