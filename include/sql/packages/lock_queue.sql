-- Locks the refresh queue while it is filled: against loads of packages, which settle its rows, against rebuilds, and
-- against claims. In this order everywhere, so that no two sessions deadlock.
SELECT ops.lock('packages');
SELECT ops.lock('package_queue');
