-- Gives the planner the small row count for the statements that follow.
ANALYZE touched_package;
