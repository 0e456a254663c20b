-- Marks the session, to check whether later transactions run in the same one.
SELECT set_config('indicaonline.session', %(mark)s, false);
