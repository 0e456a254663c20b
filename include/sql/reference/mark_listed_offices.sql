-- Which offices are pulled from now on: those of a complete list.
UPDATE inventory.office AS o
SET is_listed = (o.office_id IN (SELECT s.id FROM staged_name AS s))
WHERE o.is_listed <> (o.office_id IN (SELECT s.id FROM staged_name AS s));
