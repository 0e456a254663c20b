-- Reconciliation of exports of active packages from Metrc.

CREATE TABLE inventory.metrc_unit (
    name text PRIMARY KEY CHECK (name = lower(name)),
    unit text NOT NULL
);
COMMENT ON TABLE inventory.metrc_unit IS 'One row per name of a unit, in Metrc or here: names with the same unit are equal. A name that is not listed stands for itself. Quantities are never converted from one unit to another. Rows may be added.';
COMMENT ON COLUMN inventory.metrc_unit.name IS 'Name, in lower case.';
COMMENT ON COLUMN inventory.metrc_unit.unit IS 'Unit that the name stands for.';

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
COMMENT ON TABLE inventory.metrc_reconciliation IS 'One row per reconciliation: the comparison of an export from Metrc with this warehouse. Another one of the same file and time replaces it.';
COMMENT ON COLUMN inventory.metrc_reconciliation.reconciliation_id IS 'Id of the reconciliation.';
COMMENT ON COLUMN inventory.metrc_reconciliation.reconciled_at IS 'Time at which the comparison was made.';
COMMENT ON COLUMN inventory.metrc_reconciliation.exported_at IS 'Time at which Metrc made the export: the instant that is compared.';
COMMENT ON COLUMN inventory.metrc_reconciliation.is_exported_at_given IS 'True where a person gave the time of the export; otherwise it is the time of the last change of the file.';
COMMENT ON COLUMN inventory.metrc_reconciliation.source IS 'Address of the export, without secrets.';
COMMENT ON COLUMN inventory.metrc_reconciliation.tolerance IS 'Difference of quantities that counts as equal, as a share of the greater one.';
COMMENT ON COLUMN inventory.metrc_reconciliation.row_count IS 'Number of usable rows of the export.';
COMMENT ON COLUMN inventory.metrc_reconciliation.bad_row_count IS 'Number of unusable rows of the export, which are in ops.metrc_bad_row.';
COMMENT ON COLUMN inventory.metrc_reconciliation.matched IS 'Number of usable rows that agree with this warehouse.';
COMMENT ON COLUMN inventory.metrc_reconciliation.licenses IS 'Licences that the export names, in capitals.';
COMMENT ON COLUMN inventory.metrc_reconciliation.unknown_licenses IS 'Licences of the export that no office has.';
COMMENT ON COLUMN inventory.metrc_reconciliation.office_ids IS 'Ids of the offices of these licences: only a package in one of them can be missing_in_metrc. NULL where no office has one of the licences; then all offices are compared.';

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
COMMENT ON TABLE inventory.metrc_difference IS 'One row per reconciliation, tag and kind of difference between an export from Metrc and this warehouse.';
COMMENT ON COLUMN inventory.metrc_difference.reconciliation_id IS 'Id of the reconciliation, in inventory.metrc_reconciliation.';
COMMENT ON COLUMN inventory.metrc_difference.tag IS 'Tag of the package.';
COMMENT ON COLUMN inventory.metrc_difference.kind IS 'Kind of difference: see mart.metrc_discrepancy.';
COMMENT ON COLUMN inventory.metrc_difference.note IS 'Further details, depending on kind: see mart.metrc_discrepancy.';
COMMENT ON COLUMN inventory.metrc_difference.facility_license IS 'Licence in the export; for a package that is missing in it, the licence of its office.';
COMMENT ON COLUMN inventory.metrc_difference.item IS 'Name of the item in the export.';
COMMENT ON COLUMN inventory.metrc_difference.metrc_quantity IS 'Quantity in the export, in metrc_unit.';
COMMENT ON COLUMN inventory.metrc_difference.metrc_unit IS 'Unit of metrc_quantity, as the export names it.';
COMMENT ON COLUMN inventory.metrc_difference.package_id IS 'Id of the package here.';
COMMENT ON COLUMN inventory.metrc_difference.product_id IS 'Id of the product of the package here.';
COMMENT ON COLUMN inventory.metrc_difference.quantity IS 'Quantity here in all offices, in unit, as of the export.';
COMMENT ON COLUMN inventory.metrc_difference.unit IS 'Unit of quantity, as the API names it.';
COMMENT ON COLUMN inventory.metrc_difference.available_in_office IS 'Ids of the offices where the package was available, as of the export.';
COMMENT ON COLUMN inventory.metrc_difference.observed_at IS 'Time at or before the export at which this state of the package was last seen.';

CREATE TABLE ops.metrc_bad_row (
    reconciliation_id bigint NOT NULL REFERENCES inventory.metrc_reconciliation ON DELETE CASCADE,
    line bigint NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (reconciliation_id, line)
);
COMMENT ON TABLE ops.metrc_bad_row IS 'One row per unusable row of an export from Metrc.';
COMMENT ON COLUMN ops.metrc_bad_row.reconciliation_id IS 'Id of the reconciliation, in inventory.metrc_reconciliation.';
COMMENT ON COLUMN ops.metrc_bad_row.line IS 'Line of the file on which the row starts, from 1.';
COMMENT ON COLUMN ops.metrc_bad_row.reason IS 'Why the row could not be used.';
