-- Marks the offices that the connection names as listed: only these are pulled from now on.
WITH given AS (
    INSERT INTO inventory.office AS o (office_id, is_listed, listed_since)
    SELECT g.office_id, true, ops.clock()
    FROM unnest(%(office_ids)s::bigint[]) AS g (office_id)
    ON CONFLICT (office_id) DO UPDATE SET is_listed = true, listed_since = excluded.listed_since WHERE NOT o.is_listed
)

UPDATE inventory.office AS o
SET is_listed = false, listed_since = NULL
WHERE o.is_listed AND o.office_id <> ALL(%(office_ids)s::bigint[]);
