-- Gives the planner the small row count for the statements that follow.
ANALYZE package_event (package_id, observed_at, is_baseline, is_new_attributes, is_new_state, is_new_panel);
