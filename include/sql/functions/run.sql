CREATE OR REPLACE FUNCTION ops.run(part text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
RETURN nullif(current_setting('indicaonline.' || part, true), '');
COMMENT ON FUNCTION ops.run(text) IS 'Returns a part of the Airflow run that opened the session: dag_id, run_id, task_id or try_number; NULL outside Airflow.';
