-- Since when the warehouse owes knowledge of an office: one that is new, or back, cannot be behind yet.

ALTER TABLE inventory.office ADD COLUMN listed_since timestamptz;
COMMENT ON COLUMN inventory.office.listed_since IS
'Since when it is listed without a break, by the clock of the database; NULL where it is not listed. Its freshness is owed from then on.';

UPDATE inventory.office AS o
SET listed_since = ops.clock()
WHERE o.is_listed;
