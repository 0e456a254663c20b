-- Deletes what was derived from observations since an instant.
WITH stock_rows AS (
    DELETE FROM inventory.stock_change WHERE observed_at >= %(start_at)s
),

package_rows AS (
    DELETE FROM inventory.package_change WHERE observed_at >= %(start_at)s
),

page_rows AS (
    DELETE FROM inventory.page_presence WHERE observed_at >= %(start_at)s
),

package_states AS (
    DELETE FROM inventory.package_state WHERE valid_from >= %(start_at)s
),

attributes AS (
    DELETE FROM inventory.package_attributes WHERE valid_from >= %(start_at)s
),

lab_panels AS (
    DELETE FROM inventory.lab_panel WHERE valid_from >= %(start_at)s
)

DELETE FROM inventory.package_presence WHERE observed_at >= %(start_at)s;
