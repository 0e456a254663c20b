-- Empties staging for the next batch of the same transaction.
TRUNCATE staged_package, staged_fetch, staged_refusal, touched_package, package_event;
