-- Hides the pulls that the rebuild applies again, so that they count for nothing until then. Other sessions do not see
-- this: applying each pull undoes it in the same transaction.
UPDATE ops.pull AS p
SET status = 'held_back'
WHERE
    p.kind IN ('office', 'updated', 'product') AND p.status IN ('complete', 'incomplete')
    AND p.first_page_at >= %(start_at)s;
