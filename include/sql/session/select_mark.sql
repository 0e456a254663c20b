-- Returns the mark of the session that runs this transaction; NULL where it has none.
SELECT current_setting('indicaonline.session', true);
