-- Deletes the versions that late-arriving observations replace: all from the first of these observations on.
WITH late_arriving AS (
    SELECT t.package_id, t.replay_from FROM touched_package AS t WHERE t.is_late_arriving
),

replaced_state AS (
    DELETE FROM inventory.package_state AS k
    USING late_arriving AS t
    WHERE k.package_id = t.package_id AND k.valid_from >= t.replay_from
),

replaced_panel AS (
    DELETE FROM inventory.lab_panel AS k
    USING late_arriving AS t
    WHERE k.package_id = t.package_id AND k.valid_from >= t.replay_from
)

DELETE FROM inventory.package_attributes AS k
USING late_arriving AS t
WHERE k.package_id = t.package_id AND k.valid_from >= t.replay_from;
