-- Gives the session the rights of analysts, who can only read mart, and a limit for each statement.
SELECT
    set_config('statement_timeout', %(timeout)s, false),
    set_config('default_transaction_read_only', 'on', false),
    set_config('role', %(role)s::text, false);
