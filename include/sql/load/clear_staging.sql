-- Empties staging within a transaction that applies several pulls.
TRUNCATE staged_item, staged_rejected, observation, late_arriving_product, change;
