CREATE OR REPLACE VIEW mart.package_refresh_queue AS
SELECT
    q.reason,
    count(*) AS due,
    min(q.due_since) AS oldest_due_since,
    count(*) FILTER (WHERE q.failed_at IS NOT NULL OR q.tries > 0) AS failed,
    max(q.failed_at) AS last_failed_at,
    count(*) FILTER (WHERE q.not_before > ops.clock()) AS waiting,
    max(q.tries) AS most_tries
FROM ops.package_refresh_queue AS q
GROUP BY q.reason;

COMMENT ON VIEW mart.package_refresh_queue IS 'One row per reason for which packages are due for refresh, none where nothing is due. Pulls whose changes package_history has not processed yet are not included.';
COMMENT ON COLUMN mart.package_refresh_queue.reason IS 'new, changed or vanished in some office; packages_unknown: the product changed, and the API did not provide its packages; unlisted: the list of the product lacks the package; old: its detail is older than the sweep age; requested: a task refreshes it in any case.';
COMMENT ON COLUMN mart.package_refresh_queue.due IS 'Number of packages, or lists of a product, that are due. Additive.';
COMMENT ON COLUMN mart.package_refresh_queue.oldest_due_since IS 'Earliest time since which one of them is due; in the future where all of them wait for the next business day.';
COMMENT ON COLUMN mart.package_refresh_queue.failed IS 'Number of those whose last fetch failed, was incomplete, or could not be used. Additive.';
COMMENT ON COLUMN mart.package_refresh_queue.last_failed_at IS 'Time at which a fetch of one of them last failed or was incomplete; NULL if none did.';
COMMENT ON COLUMN mart.package_refresh_queue.waiting IS 'Number of those that are not fetched yet: their last answer could not be used, or only a quantity changed and INDICAONLINE_PACKAGE_QUANTITY_REFRESH is daily. Additive.';
COMMENT ON COLUMN mart.package_refresh_queue.most_tries IS 'Greatest number of unusable answers for one of them.';
