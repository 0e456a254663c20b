CREATE OR REPLACE VIEW mart.held_back_pull AS
SELECT
    p.pull_id,
    p.office_id,
    o.name AS office_name,
    p.started_at,
    p.first_page_at,
    p.items,
    p.products_with_stock,
    (
        SELECT count(*)
        FROM ops.held_back_product AS h
        WHERE h.office_id = p.office_id AND h.pull_id = p.pull_id
    ) AS would_vanish,
    p.problem,
    CASE WHEN p.status IN ('held_back', 'dismissed', 'superseded') THEN p.status ELSE 'accepted' END AS status,
    p.decided_at,
    p.decided_by,
    p.decision_note,
    p.superseded_by
FROM ops.pull AS p
LEFT JOIN inventory.office AS o ON p.office_id = o.office_id
-- Of the pulls that are complete now, those that a person accepted.
WHERE p.kind = 'office' AND (p.status = 'held_back' OR p.decided_at IS NOT NULL)
ORDER BY p.status = 'held_back' DESC, p.pull_id DESC;

COMMENT ON VIEW mart.held_back_pull IS 'One row per pull of an office that the circuit breaker ever held back because it would have made too many products vanish, with the decision about it. Undecided pulls come first, then the latest. Example: for the pulls that wait for a person, WHERE status = ''held_back''.';
COMMENT ON COLUMN mart.held_back_pull.pull_id IS 'Id of the pull; ids are in the order in which pulls started.';
COMMENT ON COLUMN mart.held_back_pull.office_id IS 'Id of the office.';
COMMENT ON COLUMN mart.held_back_pull.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.held_back_pull.started_at IS 'Time at which the pull started, by the clock of the worker.';
COMMENT ON COLUMN mart.held_back_pull.first_page_at IS 'Earliest time of a page of the pull, by the clock of the API. If the pull is accepted, it is applied with its own times.';
COMMENT ON COLUMN mart.held_back_pull.items IS 'Number of usable items in the pull. Not additive over pulls.';
COMMENT ON COLUMN mart.held_back_pull.products_with_stock IS 'Number of products with stock in the office when the pull was held back. Not additive over pulls of an office.';
COMMENT ON COLUMN mart.held_back_pull.would_vanish IS 'Number of those products that the pull no longer listed: the rows of mart.held_back_product. Not additive over pulls of an office.';
COMMENT ON COLUMN mart.held_back_pull.problem IS 'Why the pull was held back, in one line.';
COMMENT ON COLUMN mart.held_back_pull.status IS 'held_back: waits for a person; accepted: applied with its own times; dismissed: rejected by a person; superseded: a later pull of the office was complete before anybody decided.';
COMMENT ON COLUMN mart.held_back_pull.decided_at IS 'Time at which the pull was accepted, dismissed or superseded; NULL before.';
COMMENT ON COLUMN mart.held_back_pull.decided_by IS 'Who accepted or dismissed the pull: the Airflow user and run, or the shell user; NULL before, and for a superseded pull.';
COMMENT ON COLUMN mart.held_back_pull.decision_note IS 'Note of the person who decided; NULL where there is none.';
COMMENT ON COLUMN mart.held_back_pull.superseded_by IS 'Id of the later complete pull of the office that superseded it.';
