-- Read-only access to mart, and to nothing else. No password: the administrator grants the role to people.

DO $$
BEGIN
    CREATE ROLE indicaonline_analyst NOLOGIN;
EXCEPTION
    -- Roles belong to the whole server: another database, or a start at the same moment, may have made it.
    WHEN duplicate_object OR unique_violation THEN NULL;
END;
$$;

GRANT USAGE ON SCHEMA mart TO indicaonline_analyst;
GRANT SELECT ON ALL TABLES IN SCHEMA mart TO indicaonline_analyst;
ALTER DEFAULT PRIVILEGES IN SCHEMA mart GRANT SELECT ON TABLES TO indicaonline_analyst;
