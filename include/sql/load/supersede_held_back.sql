-- Supersedes held-back pulls of an office where a later pull of the office is complete.
UPDATE ops.pull AS h
SET status = 'superseded', decided_at = clock_timestamp(), superseded_by = later.pull_id
FROM (
    SELECT DISTINCT ON (k.pull_id) k.pull_id AS held_pull_id, p.pull_id
    FROM ops.pull AS k
    INNER JOIN ops.pull AS p
        ON p.kind = 'office' AND k.office_id = p.office_id AND p.status = 'complete'
        AND (p.first_page_at, p.pull_id) > (k.first_page_at, k.pull_id)
    WHERE k.kind = 'office' AND k.office_id = %(office_id)s AND k.status = 'held_back'
    ORDER BY k.pull_id, p.first_page_at, p.pull_id
) AS later
WHERE h.pull_id = later.held_pull_id;
