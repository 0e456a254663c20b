-- Returns offices to pull, and offices that are no longer pulled but have a history to publish.
SELECT o.office_id, coalesce(o.name, 'office ' || o.office_id) AS label, o.is_listed
FROM inventory.office AS o
WHERE o.is_listed OR o.first_seen_at IS NOT NULL
ORDER BY o.office_id;
