CREATE OR REPLACE VIEW mart.rebuild AS
SELECT
    r.rebuild_id,
    r.from_day,
    r.start_at,
    r.started_at,
    r.finished_at,
    r.pulls,
    r.days,
    r.requested_by,
    r.dag_id,
    r.run_id,
    r.try_number
FROM ops.rebuild AS r;

COMMENT ON VIEW mart.rebuild IS 'One row per finished rebuild of the derived tables from raw responses.';
COMMENT ON COLUMN mart.rebuild.rebuild_id IS 'Id of the rebuild.';
COMMENT ON COLUMN mart.rebuild.from_day IS 'Business day from which a rebuild was requested.';
COMMENT ON COLUMN mart.rebuild.start_at IS 'Instant from which tables were rebuilt: the start of that day, or earlier where a pull would have been split.';
COMMENT ON COLUMN mart.rebuild.started_at IS 'Time at which the rebuild started, by the clock of the database.';
COMMENT ON COLUMN mart.rebuild.finished_at IS 'Time just before its commit, by the clock of the database.';
COMMENT ON COLUMN mart.rebuild.pulls IS 'Number of pulls that were applied again.';
COMMENT ON COLUMN mart.rebuild.days IS 'Number of office-days that were published again.';
COMMENT ON COLUMN mart.rebuild.requested_by IS 'User of the operating system whose process rebuilt.';
COMMENT ON COLUMN mart.rebuild.dag_id IS 'Id of the DAG whose run rebuilt; NULL for the command line.';
COMMENT ON COLUMN mart.rebuild.run_id IS 'Id of the run of the DAG; NULL for the command line.';
COMMENT ON COLUMN mart.rebuild.try_number IS 'Number of the try of the task, from 1; NULL for the command line.';
