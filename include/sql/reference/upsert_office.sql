-- Current names and state licences of offices. Of an office that came twice, the later page counts.
INSERT INTO inventory.office AS t (office_id, name, medical_license, adult_use_license, observed_at)
SELECT DISTINCT ON (s.id)
    s.id, s.name, s.medical_state_license_number, s.adult_use_state_license_number, s.observed_at
FROM staged_name AS s
ORDER BY s.id, s.observed_at DESC
ON CONFLICT (office_id) DO UPDATE SET
name = excluded.name,
medical_license = excluded.medical_license,
adult_use_license = excluded.adult_use_license,
observed_at = excluded.observed_at
WHERE t.observed_at IS NULL OR t.observed_at <= excluded.observed_at;
