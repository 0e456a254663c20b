-- Returns the offices with a published business day.
SELECT DISTINCT p.office_id
FROM ops.publication AS p
WHERE p.basis <> 'missing';
