-- Gives offices the time zone of the settings; NULL, the business time zone, to all others.
UPDATE inventory.office AS o
SET time_zone = new.zone
FROM (
    SELECT known.office_id, given.zone
    FROM inventory.office AS known
    LEFT JOIN unnest(%(offices)s::bigint[], %(zones)s::text[]) AS given (office_id, zone)
        ON known.office_id = given.office_id
) AS new
WHERE o.office_id = new.office_id AND o.time_zone IS DISTINCT FROM new.zone;
