-- Takes out what was derived from observations since an instant.
WITH stock_rows AS (
    DELETE FROM inventory.stock_change WHERE observed_at >= %(start_at)s
),

package_rows AS (
    DELETE FROM inventory.package_change WHERE observed_at >= %(start_at)s
)

DELETE FROM inventory.page_presence WHERE observed_at >= %(start_at)s;
