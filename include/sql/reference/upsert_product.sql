-- Upserts the current catalogue. Of a repeated product, the later page counts.
INSERT INTO inventory.product AS t (
    product_id, name, brand_id, category_id, strain_type_id, measurement, observed_at
)
SELECT DISTINCT ON (s.id)
    s.id,
    CASE WHEN 'name' = ANY(s.unread) THEN k.name ELSE s.name END,
    CASE WHEN 'brand_id' = ANY(s.unread) THEN k.brand_id ELSE s.brand_id END,
    CASE WHEN 'category_id' = ANY(s.unread) THEN k.category_id ELSE s.category_id END,
    CASE WHEN 'strain_type_id' = ANY(s.unread) THEN k.strain_type_id ELSE s.strain_type_id END,
    CASE WHEN 'measurement' = ANY(s.unread) THEN k.measurement ELSE s.measurement END,
    s.observed_at
FROM staged_name AS s
LEFT JOIN inventory.product AS k ON s.id = k.product_id
ORDER BY s.id, s.observed_at DESC
ON CONFLICT (product_id) DO UPDATE SET
name = excluded.name,
brand_id = excluded.brand_id,
category_id = excluded.category_id,
strain_type_id = excluded.strain_type_id,
measurement = excluded.measurement,
observed_at = excluded.observed_at
WHERE t.observed_at <= excluded.observed_at;
