-- The database of one of several accounts beside that of docker-compose.yaml, and the role of its analysts. Run once by
-- psql, as the superuser, with the id of the account:
--
--     docker compose exec -T postgres psql -U postgres -v ON_ERROR_STOP=1 -v account=north < deploy/account_database.sql

\set database 'indicaonline_' :account
\set analyst_role 'indicaonline_analyst_' :account

-- The pipeline is a member, because the page in Airflow's UI reads as analysts do.
CREATE ROLE :"analyst_role" NOLOGIN ROLE indicaonline;
COMMENT ON ROLE :"analyst_role" IS 'Reads the schema mart of the warehouse of one account. Granted to people.';

CREATE DATABASE :"database" OWNER indicaonline;
COMMENT ON DATABASE :"database" IS 'The inventory warehouse of one account.';

-- Every role of a server may connect to every database, unless this is revoked.
REVOKE CONNECT, TEMPORARY ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"analyst_role";
