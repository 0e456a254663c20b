-- Returns the closed days in UTC, and what the change logs of each were derived from.
SELECT i.day, i.inputs
FROM ops.inputs_by_day(ARRAY['office', 'updated', 'product'], ARRAY['UTC']) AS i
ORDER BY i.day;
