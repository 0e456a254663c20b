-- Loads and publications of every office queue up behind the rebuild; readers do not.
SELECT pg_advisory_xact_lock(hashtextextended('indicaonline.office.' || o.office_id, 0))
FROM (SELECT k.office_id FROM inventory.office AS k ORDER BY k.office_id) AS o;
