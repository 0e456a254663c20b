-- Upserts the current names of brands. Of a repeated id, the later page counts.
INSERT INTO inventory.brand AS t (brand_id, name, observed_at)
SELECT DISTINCT ON (s.id)
    s.id,
    CASE WHEN 'name' = ANY(s.unread) THEN k.name ELSE s.name END,
    s.observed_at
FROM staged_name AS s
LEFT JOIN inventory.brand AS k ON s.id = k.brand_id
ORDER BY s.id, s.observed_at DESC
ON CONFLICT (brand_id) DO UPDATE SET name = excluded.name, observed_at = excluded.observed_at
WHERE t.observed_at <= excluded.observed_at;
