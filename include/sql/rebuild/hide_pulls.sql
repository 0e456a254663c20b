-- Pulls that are to be applied again count for nothing until they have been. Nobody else sees this: it is undone, pull by
-- pull, in the same transaction.
UPDATE ops.pull AS p
SET status = 'held_back'
WHERE
    p.kind IN ('office', 'updated', 'product') AND p.status IN ('complete', 'incomplete')
    AND p.first_page_at >= %(start_at)s;
