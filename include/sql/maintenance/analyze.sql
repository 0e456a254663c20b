-- Updates the planner's statistics of the tables that grow.
ANALYZE
    inventory.stock, inventory.stock_change, inventory.package_change, inventory.page_presence, inventory.daily_stock,
    inventory.daily_movement, inventory.package_state, inventory.package_attributes, inventory.lab_panel,
    inventory.package_presence, ops.pull;
