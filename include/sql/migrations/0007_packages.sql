-- Packages: which of them need a look, what each look showed, and the versions that follow.

ALTER TABLE ops.pull
ADD COLUMN product_id bigint,
ADD COLUMN package_id bigint,
ADD COLUMN is_noted boolean NOT NULL DEFAULT false;
ALTER TABLE ops.pull DROP CONSTRAINT pull_kind_check;
-- The ledger has a row a pull: to check it takes no time.
ALTER TABLE ops.pull
-- squawk-ignore constraint-missing-not-valid
ADD CONSTRAINT pull_kind_check CHECK (
    kind IN ('office', 'updated', 'product', 'reference', 'packages', 'package')
);
ALTER TABLE ops.pull
-- squawk-ignore constraint-missing-not-valid
ADD CONSTRAINT pull_asks_for_packages CHECK (
    (kind IN ('packages', 'package')) = (product_id IS NOT NULL) AND (kind = 'package') = (package_id IS NOT NULL)
);
CREATE INDEX pull_to_note ON ops.pull (pull_id) WHERE changes > 0 AND NOT is_noted;
CREATE INDEX pull_of_packages ON ops.pull (first_page_at) WHERE kind IN ('packages', 'package');
COMMENT ON COLUMN ops.pull.kind IS 'office: all stock of one office; updated: what changed since an instant; product: one product in all offices; reference: a list of names; packages: the active packages of one product; package: one package by its id.';
COMMENT ON COLUMN ops.pull.product_id IS 'The product whose packages were asked for, by the inventory items; NULL for other kinds.';
COMMENT ON COLUMN ops.pull.package_id IS 'The package that was asked for by its id; NULL for other kinds.';
COMMENT ON COLUMN ops.pull.is_noted IS 'Whether the packages that this pull saw change are in ops.package_need, or were looked at since.';

ALTER TABLE ops.quarantine ADD COLUMN package_id bigint;
COMMENT ON COLUMN ops.quarantine.package_id IS 'Package of the item, where it is one and its id could be read.';

CREATE TABLE ops.package_need (
    product_id bigint NOT NULL,
    package_id bigint,
    reason text NOT NULL CHECK (reason IN ('new', 'changed', 'vanished', 'untold', 'unlisted', 'old')),
    by_id boolean NOT NULL,
    needed_since timestamptz NOT NULL,
    is_planned boolean NOT NULL DEFAULT false,
    tries integer NOT NULL DEFAULT 0,
    not_before timestamptz,
    UNIQUE NULLS NOT DISTINCT (product_id, package_id)
);
CREATE INDEX package_need_by_age ON ops.package_need (needed_since);
CREATE INDEX package_need_by_package ON ops.package_need (package_id);
COMMENT ON TABLE ops.package_need IS 'Packages whose detail has to be looked at, the oldest need first. Worked out from the change log; a row goes when a look that began after the need has landed.';
COMMENT ON COLUMN ops.package_need.product_id IS 'Product of the package, by the inventory items.';
COMMENT ON COLUMN ops.package_need.package_id IS 'The package; NULL: the list of the product as a whole.';
COMMENT ON COLUMN ops.package_need.reason IS 'new, changed or vanished in some office; untold: the product changed, and its item did not tell its packages; unlisted: the list of the product lacks it; old: its detail is older than the sweep age.';
COMMENT ON COLUMN ops.package_need.by_id IS 'Whether it has to be asked for by its id, because lists show active packages only.';
COMMENT ON COLUMN ops.package_need.needed_since IS 'Time of the first observation that made the need.';
COMMENT ON COLUMN ops.package_need.is_planned IS 'Whether a look that began after the last observation concerned is on its way.';
COMMENT ON COLUMN ops.package_need.tries IS 'How many answers could not be used.';
COMMENT ON COLUMN ops.package_need.not_before IS 'After such an answer: when it is asked for again.';

CREATE TABLE inventory.package_sight (
    observed_at timestamptz NOT NULL,
    pull_id bigint NOT NULL,
    page integer NOT NULL,
    package_ids bigint[] NOT NULL,
    PRIMARY KEY (observed_at, pull_id, page)
) PARTITION BY RANGE (observed_at);
COMMENT ON TABLE inventory.package_sight IS 'Of which packages each answer told the detail, changed or not, or that the API no longer knows them.';
COMMENT ON COLUMN inventory.package_sight.observed_at IS 'Time of the answer.';
COMMENT ON COLUMN inventory.package_sight.pull_id IS 'The pull in ops.pull.';
COMMENT ON COLUMN inventory.package_sight.page IS 'Page of the read that counts, from 1.';
COMMENT ON COLUMN inventory.package_sight.package_ids IS 'The packages, without those in quarantine.';

CREATE TABLE inventory.package_state (
    package_id bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    observed_at timestamptz NOT NULL,
    pull_id bigint NOT NULL,
    is_gone boolean NOT NULL DEFAULT false,
    product_id bigint NOT NULL,
    uid text,
    source_uid text,
    vendor text,
    batch_id text,
    harvest_production_date date,
    packaged_date date,
    check_in_date date,
    checked_in_to bigint,
    available_in_office bigint[],
    best_by date,
    tested_date date,
    measurement text,
    checked_in_quantity numeric,
    checked_in_unit text,
    available_quantity numeric,
    available_unit text,
    checked_in jsonb,
    available jsonb,
    unknown jsonb,
    is_empty boolean GENERATED ALWAYS AS (
        coalesce(available_quantity <= 0, available_in_office = '{}', false)
    ) STORED,
    PRIMARY KEY (package_id, valid_from),
    CHECK (valid_from < valid_to),
    -- A range of one id in place of the id itself, so that no extension is needed.
    CONSTRAINT package_states_do_not_overlap EXCLUDE USING gist (
        int8range(package_id - 1, package_id) WITH &&, tstzrange(valid_from, valid_to) WITH &&
    )
) WITH (fillfactor = 80);
CREATE INDEX package_state_by_product ON inventory.package_state (product_id) WHERE valid_to IS NULL;
CREATE INDEX package_state_by_uid ON inventory.package_state (uid);
COMMENT ON TABLE inventory.package_state IS 'What was seen of packages, from when to when: a row for each observation that differs from the one before it, in the order of observed_at whatever the order of loading.';
COMMENT ON COLUMN inventory.package_state.package_id IS 'Package.';
COMMENT ON COLUMN inventory.package_state.valid_from IS 'When the state was first seen.';
COMMENT ON COLUMN inventory.package_state.valid_to IS 'When something else was seen; NULL while it is the last word.';
COMMENT ON COLUMN inventory.package_state.observed_at IS 'When the state was last seen.';
COMMENT ON COLUMN inventory.package_state.pull_id IS 'The pull that first saw it, in ops.pull.';
COMMENT ON COLUMN inventory.package_state.is_gone IS 'Whether the API said that it knows no such package; then nothing else is known.';
COMMENT ON COLUMN inventory.package_state.product_id IS 'Product of the package, by the inventory items.';
COMMENT ON COLUMN inventory.package_state.uid IS 'Tag of the package; it need not be a Metrc tag.';
COMMENT ON COLUMN inventory.package_state.source_uid IS 'Tag of the package that it was made from.';
COMMENT ON COLUMN inventory.package_state.vendor IS 'Vendor.';
COMMENT ON COLUMN inventory.package_state.batch_id IS 'Batch; several packages may have the same.';
COMMENT ON COLUMN inventory.package_state.harvest_production_date IS 'Day of harvest or production.';
COMMENT ON COLUMN inventory.package_state.packaged_date IS 'Day of packaging.';
COMMENT ON COLUMN inventory.package_state.check_in_date IS 'Day of check-in.';
COMMENT ON COLUMN inventory.package_state.checked_in_to IS 'Office that it was checked in to.';
COMMENT ON COLUMN inventory.package_state.available_in_office IS 'Offices where it is available, by ascending id.';
COMMENT ON COLUMN inventory.package_state.best_by IS 'Best-by day.';
COMMENT ON COLUMN inventory.package_state.tested_date IS 'Day of the lab test.';
COMMENT ON COLUMN inventory.package_state.measurement IS 'measurement as received.';
COMMENT ON COLUMN inventory.package_state.checked_in_quantity IS 'Quantity at check-in, in checked_in_unit; NULL where the API told none, or several in different units.';
COMMENT ON COLUMN inventory.package_state.checked_in_unit IS 'Its unit, as the API names it.';
COMMENT ON COLUMN inventory.package_state.available_quantity IS 'Quantity left in all offices, in available_unit; NULL where the API told none, or several in different units.';
COMMENT ON COLUMN inventory.package_state.available_unit IS 'Its unit, as the API names it.';
COMMENT ON COLUMN inventory.package_state.checked_in IS 'checked_in_quantity as received: units and numbers.';
COMMENT ON COLUMN inventory.package_state.available IS 'available_quantity as received: units and numbers.';
COMMENT ON COLUMN inventory.package_state.unknown IS 'Fields that the vendor''s guide does not name, as received; NULL where there are none.';
COMMENT ON COLUMN inventory.package_state.is_empty IS 'Whether nothing is left: available_quantity is not above 0 or, where it is NULL, no office has the package.';

CREATE VIEW inventory.package_version AS
SELECT
    s.package_id,
    s.valid_from,
    s.valid_to,
    s.observed_at,
    s.pull_id,
    s.product_id,
    s.uid,
    s.source_uid,
    s.vendor,
    s.batch_id,
    s.harvest_production_date,
    s.packaged_date,
    s.check_in_date,
    s.checked_in_to,
    s.available_in_office,
    s.best_by,
    s.tested_date,
    s.measurement,
    s.checked_in_quantity,
    s.checked_in_unit,
    s.available_quantity,
    s.available_unit,
    s.checked_in,
    s.available,
    s.unknown,
    s.is_empty
FROM inventory.package_state AS s
WHERE NOT s.is_gone;
COMMENT ON VIEW inventory.package_version IS 'Attributes of packages as versions. A version that ends with no other after it ended because the API no longer knew the package.';
COMMENT ON COLUMN inventory.package_version.package_id IS 'Package.';
COMMENT ON COLUMN inventory.package_version.valid_from IS 'When the version was first seen.';
COMMENT ON COLUMN inventory.package_version.valid_to IS 'When something else was seen, or that the API no longer knows the package; NULL while it is the last word.';
COMMENT ON COLUMN inventory.package_version.observed_at IS 'When the version was last seen.';
COMMENT ON COLUMN inventory.package_version.pull_id IS 'The pull that first saw it, in ops.pull.';
COMMENT ON COLUMN inventory.package_version.product_id IS 'Product of the package, by the inventory items.';
COMMENT ON COLUMN inventory.package_version.uid IS 'Tag of the package; it need not be a Metrc tag.';
COMMENT ON COLUMN inventory.package_version.source_uid IS 'Tag of the package that it was made from.';
COMMENT ON COLUMN inventory.package_version.vendor IS 'Vendor.';
COMMENT ON COLUMN inventory.package_version.batch_id IS 'Batch; several packages may have the same.';
COMMENT ON COLUMN inventory.package_version.harvest_production_date IS 'Day of harvest or production.';
COMMENT ON COLUMN inventory.package_version.packaged_date IS 'Day of packaging.';
COMMENT ON COLUMN inventory.package_version.check_in_date IS 'Day of check-in.';
COMMENT ON COLUMN inventory.package_version.checked_in_to IS 'Office that it was checked in to.';
COMMENT ON COLUMN inventory.package_version.available_in_office IS 'Offices where it is available, by ascending id.';
COMMENT ON COLUMN inventory.package_version.best_by IS 'Best-by day.';
COMMENT ON COLUMN inventory.package_version.tested_date IS 'Day of the lab test.';
COMMENT ON COLUMN inventory.package_version.measurement IS 'measurement as received.';
COMMENT ON COLUMN inventory.package_version.checked_in_quantity IS 'Quantity at check-in, in checked_in_unit; NULL where the API told none, or several in different units.';
COMMENT ON COLUMN inventory.package_version.checked_in_unit IS 'Its unit, as the API names it.';
COMMENT ON COLUMN inventory.package_version.available_quantity IS 'Quantity left in all offices, in available_unit; NULL where the API told none, or several in different units.';
COMMENT ON COLUMN inventory.package_version.available_unit IS 'Its unit, as the API names it.';
COMMENT ON COLUMN inventory.package_version.checked_in IS 'checked_in_quantity as received: units and numbers.';
COMMENT ON COLUMN inventory.package_version.available IS 'available_quantity as received: units and numbers.';
COMMENT ON COLUMN inventory.package_version.unknown IS 'Fields that the vendor''s guide does not name, as received; NULL where there are none.';
COMMENT ON COLUMN inventory.package_version.is_empty IS 'Whether nothing is left: available_quantity is not above 0 or, where it is NULL, no office has the package.';

CREATE TABLE inventory.lab_version (
    package_id bigint NOT NULL,
    analyte_id bigint NOT NULL,
    measurement_code bigint,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    pull_id bigint NOT NULL,
    event text NOT NULL CHECK (
        event IN ('first_seen', 'retested', 'corrected', 'disappeared', 'relabelled', 'returned')
    ),
    potency numeric,
    tested_date date,
    product_id bigint NOT NULL,
    uid text,
    vendor text,
    batch_id text,
    unknown jsonb,
    UNIQUE NULLS NOT DISTINCT (package_id, analyte_id, measurement_code, valid_from),
    CHECK (valid_from < valid_to),
    CONSTRAINT lab_versions_do_not_overlap EXCLUDE USING gist (
        int8range(package_id - 1, package_id) WITH &&,
        int8range(analyte_id - 1, analyte_id) WITH &&,
        -- No code is a code of its own: one that no bigint can be.
        numrange(coalesce(measurement_code, 1e19), coalesce(measurement_code, 1e19), '[]') WITH &&,
        tstzrange(valid_from, valid_to) WITH &&
    )
);
COMMENT ON TABLE inventory.lab_version IS 'Lab results of packages as versions, one series per package, analyte and measurement code.';
COMMENT ON COLUMN inventory.lab_version.package_id IS 'Package.';
COMMENT ON COLUMN inventory.lab_version.analyte_id IS 'Analyte, in inventory.lab_analyte.';
COMMENT ON COLUMN inventory.lab_version.measurement_code IS 'measurement as received: the code of the unit, in inventory.lab_unit.';
COMMENT ON COLUMN inventory.lab_version.valid_from IS 'When the version was first seen.';
COMMENT ON COLUMN inventory.lab_version.valid_to IS 'When something else was seen, or the package without this analyte; NULL while it is the last word.';
COMMENT ON COLUMN inventory.lab_version.pull_id IS 'The pull that first saw it, in ops.pull.';
COMMENT ON COLUMN inventory.lab_version.event IS 'What the version is against the one before it: first_seen; disappeared (its potency became null); retested (another tested_date); corrected (another potency for the same test); relabelled (another product, uid, vendor, batch or unknown field); returned (it was gone in between).';
COMMENT ON COLUMN inventory.lab_version.potency IS 'Potency in the unit of the code; NULL: not tested, which is not zero.';
COMMENT ON COLUMN inventory.lab_version.tested_date IS 'Day of the test.';
COMMENT ON COLUMN inventory.lab_version.product_id IS 'Product of the package at that time.';
COMMENT ON COLUMN inventory.lab_version.uid IS 'Tag of the package at that time.';
COMMENT ON COLUMN inventory.lab_version.vendor IS 'Vendor of the package at that time.';
COMMENT ON COLUMN inventory.lab_version.batch_id IS 'Batch of the package at that time.';
COMMENT ON COLUMN inventory.lab_version.unknown IS 'Fields of the result that the vendor''s guide does not name, as received; NULL where there are none.';

CREATE TABLE inventory.lab_unit (
    measurement_code bigint PRIMARY KEY,
    name text NOT NULL,
    is_verified boolean NOT NULL
);
COMMENT ON TABLE inventory.lab_unit IS 'Which unit the code of a lab result is taken to mean. No document of the vendor says: compare with its screens, then correct the rows.';
COMMENT ON COLUMN inventory.lab_unit.measurement_code IS 'measurement of a lab result as received.';
COMMENT ON COLUMN inventory.lab_unit.name IS 'The unit.';
COMMENT ON COLUMN inventory.lab_unit.is_verified IS 'Whether somebody has compared it with the vendor''s screens.';
INSERT INTO inventory.lab_unit (measurement_code, name, is_verified) VALUES (1, 'percent', false);

CREATE VIEW mart.package_history AS
SELECT
    v.package_id,
    v.valid_from,
    v.valid_to,
    v.valid_to IS NULL AS is_current,
    v.product_id,
    v.uid,
    v.source_uid,
    v.vendor,
    v.batch_id,
    v.harvest_production_date,
    v.packaged_date,
    v.check_in_date,
    v.checked_in_to,
    v.available_in_office,
    v.best_by,
    v.tested_date,
    v.measurement,
    v.checked_in_quantity,
    v.checked_in_unit,
    v.available_quantity,
    v.available_unit,
    v.observed_at,
    v.checked_in,
    v.available,
    v.unknown
FROM inventory.package_version AS v;

CREATE VIEW mart.lab_result AS
SELECT
    v.package_id,
    v.product_id,
    v.uid,
    v.vendor,
    v.batch_id,
    v.tested_date,
    v.analyte_id,
    coalesce(a.name, v.analyte_id::text) AS analyte_name,
    v.measurement_code,
    u.name AS unit,
    v.potency,
    v.valid_from,
    v.valid_to,
    v.valid_to IS NULL AS is_current,
    v.event,
    coalesce(u.is_verified, false) AS unit_is_verified,
    v.unknown
FROM inventory.lab_version AS v
LEFT JOIN inventory.lab_analyte AS a ON v.analyte_id = a.analyte_id
LEFT JOIN inventory.lab_unit AS u ON v.measurement_code = u.measurement_code;

COMMENT ON VIEW mart.package_history IS 'The whole life of each package as versions (SCD 2): what was seen of it, from when to when. A version starts when it was first seen, not when it became true; what happened between two looks is not known. Example: the state of package 7 at an instant is WHERE package_id = 7 AND valid_from <= instant AND (valid_to > instant OR valid_to IS NULL).';
COMMENT ON COLUMN mart.package_history.package_id IS 'Package.';
COMMENT ON COLUMN mart.package_history.valid_from IS 'When the version was first seen.';
COMMENT ON COLUMN mart.package_history.valid_to IS 'When something else was seen, or that the API no longer knows the package (then no version follows); NULL while it is the last word.';
COMMENT ON COLUMN mart.package_history.is_current IS 'Whether it is the last word. A package that is used up keeps a current version, with nothing left.';
COMMENT ON COLUMN mart.package_history.product_id IS 'Product of the package, by the inventory items.';
COMMENT ON COLUMN mart.package_history.uid IS 'Tag of the package; it need not be a Metrc tag, and may be NULL.';
COMMENT ON COLUMN mart.package_history.source_uid IS 'Tag of the package that it was made from.';
COMMENT ON COLUMN mart.package_history.vendor IS 'Vendor.';
COMMENT ON COLUMN mart.package_history.batch_id IS 'Batch; several packages may have the same.';
COMMENT ON COLUMN mart.package_history.harvest_production_date IS 'Day of harvest or production.';
COMMENT ON COLUMN mart.package_history.packaged_date IS 'Day of packaging.';
COMMENT ON COLUMN mart.package_history.check_in_date IS 'Day of check-in.';
COMMENT ON COLUMN mart.package_history.checked_in_to IS 'Office that it was checked in to.';
COMMENT ON COLUMN mart.package_history.available_in_office IS 'Offices where it is available, by ascending id.';
COMMENT ON COLUMN mart.package_history.best_by IS 'Best-by day.';
COMMENT ON COLUMN mart.package_history.tested_date IS 'Day of the lab test.';
COMMENT ON COLUMN mart.package_history.measurement IS 'unit, unit_range, weight or weight_range, as received.';
COMMENT ON COLUMN mart.package_history.checked_in_quantity IS 'Quantity at check-in, in checked_in_unit; NULL where the API told none, or several in different units.';
COMMENT ON COLUMN mart.package_history.checked_in_unit IS 'Its unit, as the API names it.';
COMMENT ON COLUMN mart.package_history.available_quantity IS 'Quantity left in all offices, in available_unit; NULL where the API told none, or several in different units. Additive over packages of one unit, never over time.';
COMMENT ON COLUMN mart.package_history.available_unit IS 'Its unit, as the API names it.';
COMMENT ON COLUMN mart.package_history.observed_at IS 'When the version was last seen.';
COMMENT ON COLUMN mart.package_history.checked_in IS 'checked_in_quantity as received: units and numbers.';
COMMENT ON COLUMN mart.package_history.available IS 'available_quantity as received: units and numbers.';
COMMENT ON COLUMN mart.package_history.unknown IS 'Fields that the vendor''s guide does not name, as received.';

COMMENT ON VIEW mart.lab_result IS 'Lab results of packages per analyte, as versions: a retest or a correction is a new one. A version starts when it was first seen. Example: what changed in March is WHERE valid_from >= ''2026-03-01'' AND valid_from < ''2026-04-01'' AND event <> ''first_seen''.';
COMMENT ON COLUMN mart.lab_result.package_id IS 'Package.';
COMMENT ON COLUMN mart.lab_result.product_id IS 'Product of the package at that time.';
COMMENT ON COLUMN mart.lab_result.uid IS 'Tag of the package at that time.';
COMMENT ON COLUMN mart.lab_result.vendor IS 'Vendor of the package at that time.';
COMMENT ON COLUMN mart.lab_result.batch_id IS 'Batch of the package at that time.';
COMMENT ON COLUMN mart.lab_result.tested_date IS 'Day of the test.';
COMMENT ON COLUMN mart.lab_result.analyte_id IS 'Analyte: a cannabinoid or a terpene.';
COMMENT ON COLUMN mart.lab_result.analyte_name IS 'Its current name; its id where the reference data names none.';
COMMENT ON COLUMN mart.lab_result.measurement_code IS 'Code of the unit, as received.';
COMMENT ON COLUMN mart.lab_result.unit IS 'Unit that the code is taken to mean; NULL where nobody has said. See unit_is_verified.';
COMMENT ON COLUMN mart.lab_result.potency IS 'Potency, in the unit; NULL: not tested, which is not zero. Not additive over packages.';
COMMENT ON COLUMN mart.lab_result.valid_from IS 'When the version was first seen.';
COMMENT ON COLUMN mart.lab_result.valid_to IS 'When something else was seen, or the package without this analyte; NULL while it is the last word.';
COMMENT ON COLUMN mart.lab_result.is_current IS 'Whether it is the last word.';
COMMENT ON COLUMN mart.lab_result.event IS 'What the version is against the one before it: first_seen, retested (another tested_date), corrected (another potency for the same test), disappeared (its potency became null), relabelled (another product, uid, vendor, batch or unknown field), returned (it was gone in between).';
COMMENT ON COLUMN mart.lab_result.unit_is_verified IS 'Whether somebody has compared the unit with the vendor''s screens.';
COMMENT ON COLUMN mart.lab_result.unknown IS 'Fields of the result that the vendor''s guide does not name, as received.';
