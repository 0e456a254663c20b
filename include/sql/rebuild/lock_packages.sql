-- Looks at packages wait for the rebuild. Taken before the offices are locked: a run that looks at packages may take its
-- time, and loads should not wait for it.
SELECT pg_advisory_xact_lock(hashtextextended('indicaonline.packages', 0));
