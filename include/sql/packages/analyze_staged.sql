-- Gives the planner the row counts of the batch, for the statements that follow.
ANALYZE
staged_package (pull_id, page, package_id),
staged_fetch,
staged_refusal;
