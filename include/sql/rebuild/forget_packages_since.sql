-- Takes out what was derived from looks at packages since an instant.
WITH forgotten_states AS (
    DELETE FROM inventory.package_state WHERE valid_from >= %(start_at)s
),

forgotten_results AS (
    DELETE FROM inventory.lab_version WHERE valid_from >= %(start_at)s
)

DELETE FROM inventory.package_presence WHERE observed_at >= %(start_at)s;
