-- Statistics for the planner, of what grows.
ANALYZE
    inventory.stock, inventory.stock_change, inventory.package_change, inventory.sight, inventory.daily_stock,
    inventory.daily_movement, inventory.package_state, inventory.lab_version, inventory.package_sight, ops.pull;
