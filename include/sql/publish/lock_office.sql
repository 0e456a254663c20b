-- Publishing and loading an office queue up behind the same lock.
SELECT pg_advisory_xact_lock(hashtextextended('indicaonline.office.' || %(office_id)s::bigint, 0));
