-- Empties staging for the next batch of the same transaction.
TRUNCATE
    staged_package, staged_lab_result, staged_fetch, staged_refusal, touched_package, state_event, state_span,
    lab_event, lab_span;
