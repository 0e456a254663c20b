-- The schema of the table in which Alembic keeps the revision: it is needed before the first of them. Asked for first,
-- because CREATE SCHEMA IF NOT EXISTS wants a right that a later migration does not need.
DO $$
BEGIN
    IF to_regnamespace('ops') IS NULL THEN
        CREATE SCHEMA ops;
    END IF;
END;
$$;
