-- Marks the session, to see whether later transactions find the mark.
SELECT set_config('indicaonline.session', %(mark)s, false);
