-- Applies the settings of a session and returns the state of the server, in one round trip. The settings last for the
-- session where the backend is the one to which the client connected. Otherwise a pooler is in between: there they end
-- with the transaction, so that no other client of the pooler inherits them.
SELECT
    pg_backend_pid() AS backend_pid,
    pg_is_in_recovery() AS is_standby,
    (
        SELECT count(set_config(s.name, s.value, pg_backend_pid() <> %(backend_pid)s))
        FROM unnest(%(names)s::text[], %(values)s::text[]) AS s (name, value)
    ) AS settings;
