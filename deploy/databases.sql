-- The databases and users of docker-compose.yaml, created once by psql, as the superuser, on an empty volume.
-- Each user owns one database and cannot connect to the other. Passwords are read from the files of Docker secrets.

\set airflow_password `cat /run/secrets/airflow_db_password`
\set warehouse_password `cat /run/secrets/warehouse_password`
\set analyst_password `cat /run/secrets/analyst_password`

CREATE ROLE airflow LOGIN PASSWORD :'airflow_password';
COMMENT ON ROLE airflow IS 'Airflow: owns its metadata database, and may use nothing else.';
CREATE ROLE indicaonline LOGIN PASSWORD :'warehouse_password';
COMMENT ON ROLE indicaonline IS 'The pipeline: owns the warehouse, and may use nothing else.';

-- Created here, so that the pipeline needs no CREATEROLE. A migration grants it the right to read mart. The pipeline is a
-- member, because the page in Airflow's UI reads as analysts do.
CREATE ROLE indicaonline_analyst NOLOGIN ROLE indicaonline;
COMMENT ON ROLE indicaonline_analyst IS 'Reads the schema mart of the warehouse. Granted to people.';
CREATE ROLE analyst LOGIN PASSWORD :'analyst_password' IN ROLE indicaonline_analyst;
-- A role's settings apply to its own logins only, not to its members, so each login has them.
ALTER ROLE analyst SET search_path = mart;
ALTER ROLE analyst SET default_transaction_read_only = on;
ALTER ROLE analyst SET statement_timeout = '5min';
COMMENT ON ROLE analyst IS 'A login with the rights of indicaonline_analyst, to begin with.';

CREATE DATABASE airflow OWNER airflow;
COMMENT ON DATABASE airflow IS 'The metadata of Airflow.';
CREATE DATABASE indicaonline OWNER indicaonline;
COMMENT ON DATABASE indicaonline IS 'The inventory warehouse.';

REVOKE CONNECT, TEMPORARY ON DATABASE airflow, indicaonline, postgres, template1 FROM PUBLIC;
GRANT CONNECT ON DATABASE indicaonline TO indicaonline_analyst;
