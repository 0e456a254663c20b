-- Locks everything that a rebuild derives; readers do not wait. Packages first: where they are loaded, other loads should
-- not wait for it, too.
SELECT ops.lock('packages');
SELECT ops.lock('movements');
SELECT ops.lock('office.' || o.office_id)
FROM (SELECT k.office_id FROM inventory.office AS k ORDER BY k.office_id) AS o;
