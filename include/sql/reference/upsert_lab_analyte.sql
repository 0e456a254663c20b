-- Upserts the current names of lab analytes. Of a repeated id, the later page counts.
INSERT INTO inventory.lab_analyte AS t (analyte_id, name, observed_at)
SELECT DISTINCT ON (s.id)
    s.id,
    CASE WHEN 'name' = ANY(s.unread) THEN k.name ELSE s.name END,
    s.observed_at
FROM staged_name AS s
LEFT JOIN inventory.lab_analyte AS k ON s.id = k.analyte_id
ORDER BY s.id, s.observed_at DESC
ON CONFLICT (analyte_id) DO UPDATE SET name = excluded.name, observed_at = excluded.observed_at
WHERE t.observed_at <= excluded.observed_at;
