-- Inserts the states that differ from those before them.
INSERT INTO inventory.package_state (
    package_id, valid_from, valid_to, observed_at, attributes_from, available_quantity, available_in_office, available
)
SELECT
    e.package_id, e.observed_at, e.next_state_at, e.seen_until, e.attributes_from, e.available_quantity,
    e.available_in_office, e.available
FROM package_event AS e
WHERE e.is_new_state;
