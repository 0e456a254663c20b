-- The simulator's code of edibles. As the code of the baseline, nobody has compared it with the vendor's screens.
INSERT INTO inventory.lab_unit (measurement_code, name, is_verified) VALUES (2, 'mg', false)
ON CONFLICT DO NOTHING;
