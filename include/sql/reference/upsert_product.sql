-- The catalogue as it is now. Of a product that came twice, the later page counts.
INSERT INTO inventory.product AS t (
    product_id, name, brand_id, category_id, strain_type_id, measurement, observed_at
)
SELECT DISTINCT ON (s.id) s.id, s.name, s.brand_id, s.category_id, s.strain_type_id, s.measurement, s.observed_at
FROM staged_name AS s
ORDER BY s.id, s.observed_at DESC
ON CONFLICT (product_id) DO UPDATE SET
name = excluded.name,
brand_id = excluded.brand_id,
category_id = excluded.category_id,
strain_type_id = excluded.strain_type_id,
measurement = excluded.measurement,
observed_at = excluded.observed_at
WHERE t.observed_at <= excluded.observed_at;
