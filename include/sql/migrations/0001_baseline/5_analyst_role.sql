-- Read-only access to mart and nothing else. The role has no password: the administrator grants it to people.

DO $$
DECLARE
    -- The setting analyst_role. Accounts have a role each, because roles belong to the whole server.
    analyst CONSTANT text := current_setting('indicaonline.analyst_role');
BEGIN
    -- An administrator or another database may have created it.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = analyst) THEN
        EXECUTE format('CREATE ROLE %I NOLOGIN', analyst);
        -- For an administrator who lets the role log in. Members do not inherit these settings: each login has its own.
        EXECUTE format('ALTER ROLE %I SET search_path = mart', analyst);
        EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', analyst);
        EXECUTE format('ALTER ROLE %I SET statement_timeout = %L', analyst, '5min');
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL; -- created by a concurrent migration of another database
    WHEN insufficient_privilege THEN
        RAISE insufficient_privilege USING MESSAGE = format(
            'this user may not create roles: let an administrator run CREATE ROLE %I NOLOGIN ROLE <this user> once',
            analyst
        );
END;
$$;

DO $$
DECLARE
    analyst CONSTANT text := current_setting('indicaonline.analyst_role');
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA mart TO %I', analyst);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA mart GRANT SELECT ON TABLES TO %I', analyst);
    -- The page in Airflow's UI reads as analysts do, with the connection of this user. Superusers need no grant.
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        BEGIN
            EXECUTE format('GRANT %I TO CURRENT_USER', analyst);
        EXCEPTION
            -- An administrator created the role, and grants it; the page says so until then.
            WHEN insufficient_privilege THEN NULL;
        END;
    END IF;
END;
$$;
