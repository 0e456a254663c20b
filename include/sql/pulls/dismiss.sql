-- Dismisses a held-back pull: it will not be applied.
UPDATE ops.pull
SET
    status = 'dismissed',
    decided_at = clock_timestamp(),
    decided_by = %(decided_by)s,
    decision_note = %(decision_note)s
WHERE pull_id = %(pull_id)s AND status = 'held_back';
