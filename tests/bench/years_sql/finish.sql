-- The ledger's own counts, and the sequence where the pulls have come to; what only the building needed goes.
UPDATE ops.pull AS p
SET changes = c.changes
FROM (
    SELECT s.pull_id, count(*) AS changes
    FROM inventory.stock_change AS s
    GROUP BY s.pull_id
) AS c
WHERE p.pull_id = c.pull_id;

INSERT INTO ops.watermark (stream, reached_at, pull_id)
SELECT 'updated', p.first_page_at, p.pull_id
FROM ops.pull AS p
WHERE p.kind = 'updated'
ORDER BY p.first_page_at DESC
LIMIT 1;

SELECT setval('ops.pull_id', max(p.pull_id)) FROM ops.pull AS p;

DROP SCHEMA bench CASCADE;
