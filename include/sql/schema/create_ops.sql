-- Creates the schema of Alembic's version table, before the first revision. CREATE SCHEMA IF NOT EXISTS would require
-- the CREATE privilege even where the schema exists.
DO $$
BEGIN
    IF to_regnamespace('ops') IS NULL THEN
        CREATE SCHEMA ops;
    END IF;
END;
$$;
