-- Waits until nobody uses a view of the warehouse, or a table below one, and keeps all others out until the transaction
-- ends. All at once: a migration that replaced one view after the other would meet, in a deadlock, a query that has read
-- the last of them and now waits for the first.
DO $$
DECLARE
    found_views text;
BEGIN
    SELECT string_agg(c.oid::regclass::text, ', ')
    INTO found_views
    FROM pg_class AS c
    WHERE c.relkind = 'v' AND c.relnamespace::regnamespace::text IN ('inventory', 'mart', 'ops');
    IF found_views IS NOT NULL THEN
        EXECUTE 'LOCK TABLE ' || found_views || ' IN ACCESS EXCLUSIVE MODE';
    END IF;
END;
$$;
