-- Completes the row of the pull in the ledger and returns its counts.
UPDATE ops.pull AS p
SET
    changes = (SELECT count(*) FROM change AS c WHERE c.pull_id = p.pull_id),
    package_changes = %(package_changes)s
WHERE p.pull_id = %(pull_id)s
RETURNING p.items, p.rejected, p.set_aside, p.deviations, p.changes, p.package_changes;
