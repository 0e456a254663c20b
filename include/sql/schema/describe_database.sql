-- Returns what a migration checks before it changes anything. Names are quoted as SQL requires.
SELECT
    quote_ident(current_database()) AS database_name,
    quote_ident(current_user) AS user_name,
    current_setting('server_encoding') AS encoding,
    has_database_privilege(current_database(), 'TEMPORARY') AS may_make_temporary_tables;
