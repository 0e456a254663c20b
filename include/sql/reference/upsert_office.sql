-- Upserts the current names and state licences of offices. Of a repeated office, the later page counts.
INSERT INTO inventory.office AS t (office_id, name, medical_license, adult_use_license, observed_at)
SELECT DISTINCT ON (s.id)
    s.id,
    CASE WHEN 'name' = ANY(s.unread) THEN k.name ELSE s.name END,
    CASE
        WHEN 'medical_state_license_number' = ANY(s.unread) THEN k.medical_license
        ELSE s.medical_state_license_number
    END,
    CASE
        WHEN 'adult_use_state_license_number' = ANY(s.unread) THEN k.adult_use_license
        ELSE s.adult_use_state_license_number
    END,
    s.observed_at
FROM staged_name AS s
LEFT JOIN inventory.office AS k ON s.id = k.office_id
ORDER BY s.id, s.observed_at DESC
ON CONFLICT (office_id) DO UPDATE SET
name = excluded.name,
medical_license = excluded.medical_license,
adult_use_license = excluded.adult_use_license,
observed_at = excluded.observed_at
WHERE t.observed_at IS NULL OR t.observed_at <= excluded.observed_at;
