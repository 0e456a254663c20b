-- Exports of active packages from Metrc, compared with what was seen here at the time.

CREATE TABLE inventory.metrc_unit (
    name text PRIMARY KEY CHECK (name = lower(name)),
    unit text NOT NULL
);
COMMENT ON TABLE inventory.metrc_unit IS 'Which names of units mean the same, in Metrc and here. A name that is not in it stands for itself. Nothing is ever converted from one unit to another. Rows may be added.';
COMMENT ON COLUMN inventory.metrc_unit.name IS 'A name, in lower case.';
COMMENT ON COLUMN inventory.metrc_unit.unit IS 'The unit that it means.';

INSERT INTO inventory.metrc_unit (name, unit) VALUES
('each', 'unit'),
('ea', 'unit'),
('unit', 'unit'),
('units', 'unit'),
('gram', 'gram'),
('grams', 'gram'),
('g', 'gram'),
('milligram', 'milligram'),
('milligrams', 'milligram'),
('mg', 'milligram'),
('kilogram', 'kilogram'),
('kilograms', 'kilogram'),
('kg', 'kilogram'),
('ounce', 'ounce'),
('ounces', 'ounce'),
('oz', 'ounce'),
('pound', 'pound'),
('pounds', 'pound'),
('lb', 'pound'),
('lbs', 'pound'),
('milliliter', 'milliliter'),
('milliliters', 'milliliter'),
('ml', 'milliliter'),
('liter', 'liter'),
('liters', 'liter'),
('l', 'liter'),
('fluid ounce', 'fluid ounce'),
('fluid ounces', 'fluid ounce'),
('fl oz', 'fluid ounce'),
('pint', 'pint'),
('pints', 'pint'),
('pt', 'pint'),
('quart', 'quart'),
('quarts', 'quart'),
('qt', 'quart'),
('gallon', 'gallon'),
('gallons', 'gallon'),
('gal', 'gallon');

CREATE TABLE inventory.metrc_reconciliation (
    reconciliation_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reconciled_at timestamptz NOT NULL,
    exported_at timestamptz NOT NULL,
    is_exported_at_given boolean NOT NULL,
    source text NOT NULL,
    tolerance numeric NOT NULL,
    row_count bigint NOT NULL,
    bad_row_count bigint NOT NULL,
    matched bigint NOT NULL,
    licenses text[] NOT NULL,
    unknown_licenses text[] NOT NULL,
    office_ids bigint[],
    UNIQUE (source, exported_at)
);
COMMENT ON TABLE inventory.metrc_reconciliation IS 'A comparison of an export from Metrc with what was seen here. One more of the same file and time replaces the one before.';
COMMENT ON COLUMN inventory.metrc_reconciliation.reconciliation_id IS 'Number of the comparison.';
COMMENT ON COLUMN inventory.metrc_reconciliation.reconciled_at IS 'When it was made.';
COMMENT ON COLUMN inventory.metrc_reconciliation.exported_at IS 'When Metrc made the export: the instant that is compared.';
COMMENT ON COLUMN inventory.metrc_reconciliation.is_exported_at_given IS 'Whether a person said when that was; otherwise it is the time at which the file was last written.';
COMMENT ON COLUMN inventory.metrc_reconciliation.source IS 'Address of the export, without what may be secret in it.';
COMMENT ON COLUMN inventory.metrc_reconciliation.tolerance IS 'By how much quantities could differ, as a share of the greater one.';
COMMENT ON COLUMN inventory.metrc_reconciliation.row_count IS 'Rows of the export that could be used.';
COMMENT ON COLUMN inventory.metrc_reconciliation.bad_row_count IS 'Rows of the export that could not be used, in ops.metrc_bad_row.';
COMMENT ON COLUMN inventory.metrc_reconciliation.matched IS 'Rows of the export that agree with what was seen here.';
COMMENT ON COLUMN inventory.metrc_reconciliation.licenses IS 'Licences that the export names, in capitals.';
COMMENT ON COLUMN inventory.metrc_reconciliation.unknown_licenses IS 'Those of them that no office has.';
COMMENT ON COLUMN inventory.metrc_reconciliation.office_ids IS 'Offices of these licences: only a package that lies in one of them can be missing in Metrc. NULL: no office has one of them, so all offices take part.';

CREATE TABLE inventory.metrc_difference (
    reconciliation_id bigint NOT NULL REFERENCES inventory.metrc_reconciliation ON DELETE CASCADE,
    tag text NOT NULL,
    kind text NOT NULL CHECK (
        kind IN (
            'missing_here', 'missing_in_metrc', 'quantity_differs', 'unit_differs', 'quantity_unknown_here',
            'tag_not_unique'
        )
    ),
    note text,
    facility_license text,
    item text,
    metrc_quantity numeric,
    metrc_unit text,
    package_id bigint,
    product_id bigint,
    quantity numeric,
    unit text,
    available_in_office bigint[],
    observed_at timestamptz,
    PRIMARY KEY (reconciliation_id, tag, kind)
);
COMMENT ON TABLE inventory.metrc_difference IS 'Where an export from Metrc and what was seen here disagree.';
COMMENT ON COLUMN inventory.metrc_difference.reconciliation_id IS 'The comparison, in inventory.metrc_reconciliation.';
COMMENT ON COLUMN inventory.metrc_difference.tag IS 'Tag of the package.';
COMMENT ON COLUMN inventory.metrc_difference.kind IS 'What differs: see mart.metrc_discrepancy.';
COMMENT ON COLUMN inventory.metrc_difference.note IS 'What is known beyond the kind.';
COMMENT ON COLUMN inventory.metrc_difference.facility_license IS 'Licence in the export; of a package that is missing in it, that of its office.';
COMMENT ON COLUMN inventory.metrc_difference.item IS 'Item in the export.';
COMMENT ON COLUMN inventory.metrc_difference.metrc_quantity IS 'Quantity in the export, in metrc_unit.';
COMMENT ON COLUMN inventory.metrc_difference.metrc_unit IS 'Its unit, as the export names it.';
COMMENT ON COLUMN inventory.metrc_difference.package_id IS 'Package here.';
COMMENT ON COLUMN inventory.metrc_difference.product_id IS 'Its product.';
COMMENT ON COLUMN inventory.metrc_difference.quantity IS 'Quantity here in all offices, in unit, as of the export.';
COMMENT ON COLUMN inventory.metrc_difference.unit IS 'Its unit, as the API names it.';
COMMENT ON COLUMN inventory.metrc_difference.available_in_office IS 'Offices where the package was, as of the export.';
COMMENT ON COLUMN inventory.metrc_difference.observed_at IS 'When the package was last seen to be so, at or before the export.';

CREATE TABLE ops.metrc_bad_row (
    reconciliation_id bigint NOT NULL REFERENCES inventory.metrc_reconciliation ON DELETE CASCADE,
    line bigint NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (reconciliation_id, line)
);
COMMENT ON TABLE ops.metrc_bad_row IS 'Rows of exports from Metrc that could not be used.';
COMMENT ON COLUMN ops.metrc_bad_row.reconciliation_id IS 'The comparison, in inventory.metrc_reconciliation.';
COMMENT ON COLUMN ops.metrc_bad_row.line IS 'Line of the file where the row begins, from 1.';
COMMENT ON COLUMN ops.metrc_bad_row.reason IS 'What is wrong with it.';
