-- Deletes the versions that late-arriving observations replace: all from the first of these observations on.
WITH replaced_state AS (
    DELETE FROM inventory.package_state AS k
    USING touched_package AS t
    WHERE t.is_late_arriving AND k.package_id = t.package_id AND k.valid_from >= t.replay_from
)

DELETE FROM inventory.lab_version AS k
USING touched_package AS t
WHERE t.is_late_arriving AND k.package_id = t.package_id AND k.valid_from >= t.replay_from;
