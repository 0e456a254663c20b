-- The mark of the session that runs this transaction; NULL if it has none.
SELECT current_setting('indicaonline.session', true);
