-- One roll-up after the other, until the end of the transaction.
SELECT pg_advisory_xact_lock(hashtextextended('indicaonline.movements', 0));
