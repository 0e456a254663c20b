-- Read-only access to mart and nothing else. The role has no password: the administrator grants it to people.

DO $$
BEGIN
    -- Roles belong to the whole server: an administrator or another database may have created it.
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'indicaonline_analyst') THEN
        CREATE ROLE indicaonline_analyst NOLOGIN;
        -- For an administrator who lets the role log in. Members do not inherit these settings: each login has its own.
        ALTER ROLE indicaonline_analyst SET search_path = mart;
        ALTER ROLE indicaonline_analyst SET default_transaction_read_only = on;
        ALTER ROLE indicaonline_analyst SET statement_timeout = '5min';
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL; -- created by a concurrent migration of another database
    WHEN insufficient_privilege THEN
        RAISE insufficient_privilege USING MESSAGE =
            'this user may not create roles: let an administrator run CREATE ROLE indicaonline_analyst NOLOGIN ROLE <this user> once';
END;
$$;

-- The page in Airflow's UI reads as analysts do, with the connection of this user. Superusers need no grant.
DO $$
BEGIN
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        GRANT indicaonline_analyst TO CURRENT_USER;
    END IF;
EXCEPTION
    -- An administrator created the role, and grants it; the page says so until then.
    WHEN insufficient_privilege THEN NULL;
END;
$$;

GRANT USAGE ON SCHEMA mart TO indicaonline_analyst;
ALTER DEFAULT PRIVILEGES IN SCHEMA mart GRANT SELECT ON TABLES TO indicaonline_analyst;
