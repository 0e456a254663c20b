-- Packages: which are due for a refresh, what each answer showed, and the versions that follow from it.

CREATE TABLE ops.package_refresh_queue (
    product_id bigint NOT NULL,
    package_id bigint,
    reason text NOT NULL CHECK (reason IN ('new', 'changed', 'vanished', 'packages_unknown', 'unlisted', 'old')),
    by_id boolean NOT NULL,
    due_since timestamptz NOT NULL,
    is_planned boolean NOT NULL DEFAULT false,
    tries integer NOT NULL DEFAULT 0,
    not_before timestamptz,
    failed_at timestamptz,
    UNIQUE NULLS NOT DISTINCT (product_id, package_id)
);
CREATE INDEX package_refresh_queue_by_age ON ops.package_refresh_queue (due_since);
CREATE INDEX package_refresh_queue_by_package ON ops.package_refresh_queue (package_id);
COMMENT ON TABLE ops.package_refresh_queue IS 'Packages whose detail has to be looked at, the oldest need first. Worked out from the change log; a row goes when a look that began after the need has landed.';
COMMENT ON COLUMN ops.package_refresh_queue.product_id IS 'Product of the package, by the inventory items.';
COMMENT ON COLUMN ops.package_refresh_queue.package_id IS 'The package; NULL: the list of the product as a whole.';
COMMENT ON COLUMN ops.package_refresh_queue.reason IS 'new, changed or vanished in some office; packages_unknown: the product changed, and its item did not tell its packages; unlisted: the list of the product lacks it; old: its detail is older than the sweep age.';
COMMENT ON COLUMN ops.package_refresh_queue.by_id IS 'Whether it has to be asked for by its id, because lists show active packages only.';
COMMENT ON COLUMN ops.package_refresh_queue.due_since IS 'Time of the first observation that made the need.';
COMMENT ON COLUMN ops.package_refresh_queue.is_planned IS 'Whether a look that began after the last observation concerned is on its way.';
COMMENT ON COLUMN ops.package_refresh_queue.tries IS 'How many answers could not be used.';
COMMENT ON COLUMN ops.package_refresh_queue.not_before IS 'After such an answer: when it is asked for again.';
COMMENT ON COLUMN ops.package_refresh_queue.failed_at IS 'When a fetch last failed or was incomplete: such needs come after all others.';

CREATE TABLE inventory.package_presence (
    observed_at timestamptz NOT NULL,
    pull_id bigint NOT NULL,
    page integer NOT NULL,
    package_ids bigint[] NOT NULL,
    PRIMARY KEY (observed_at, pull_id, page)
) PARTITION BY RANGE (observed_at);
COMMENT ON TABLE inventory.package_presence IS 'Of which packages each answer told the detail, changed or not, or that the API no longer knows them.';
COMMENT ON COLUMN inventory.package_presence.observed_at IS 'Time of the answer.';
COMMENT ON COLUMN inventory.package_presence.pull_id IS 'The pull in ops.pull.';
COMMENT ON COLUMN inventory.package_presence.page IS 'Page of the read that counts, from 1.';
COMMENT ON COLUMN inventory.package_presence.package_ids IS 'The packages, without those in quarantine.';

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
CREATE INDEX package_state_by_vendor ON inventory.package_state (vendor) WHERE valid_to IS NULL;
-- States of a package follow each other without a gap. The last version is the last state, or, of a package that the API
-- no longer knows, the state that ended when that was seen.
CREATE INDEX package_state_gone ON inventory.package_state (package_id) WHERE is_gone AND valid_to IS NULL;
-- What is in stock is little beside all that ever was.
CREATE INDEX package_state_in_stock ON inventory.package_state (package_id)
WHERE valid_to IS NULL AND available_quantity <> 0;
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
COMMENT ON COLUMN inventory.package_state.unknown IS 'Fields that the vendor''s guide does not name, and of its own fields those that could not be read and dates that came with a time; all as received; NULL where there are none.';
COMMENT ON COLUMN inventory.package_state.is_empty IS 'Whether nothing is left: available_quantity is not above 0 or, where it is NULL, no office has the package.';

CREATE TABLE inventory.lab_analyte (analyte_id bigint PRIMARY KEY, name text, observed_at timestamptz NOT NULL);
COMMENT ON TABLE inventory.lab_analyte IS 'Cannabinoids and terpenes that lab results refer to.';
COMMENT ON COLUMN inventory.lab_analyte.analyte_id IS 'Id of the lab result in the API.';
COMMENT ON COLUMN inventory.lab_analyte.name IS 'Its current name.';
COMMENT ON COLUMN inventory.lab_analyte.observed_at IS 'When the reference data last named it.';

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
CREATE INDEX lab_version_by_vendor ON inventory.lab_version (vendor);
CREATE INDEX lab_version_by_product ON inventory.lab_version (product_id);
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

CREATE TABLE inventory.cannabinoid_name (
    spelling text PRIMARY KEY CHECK (spelling ~ '^[a-z0-9]+$'),
    cannabinoid text NOT NULL CHECK (cannabinoid IN ('THC', 'THCA', 'CBD', 'CBDA'))
);
COMMENT ON TABLE inventory.cannabinoid_name IS 'By which names an analyte is taken for delta-9-THC, CBD or one of their acids. Add the spellings of your account.';
COMMENT ON COLUMN inventory.cannabinoid_name.spelling IS 'Name of the analyte in lower case, letters and digits only, the Greek letter as delta.';
COMMENT ON COLUMN inventory.cannabinoid_name.cannabinoid IS 'THC (delta-9-THC), THCA, CBD or CBDA.';

INSERT INTO inventory.cannabinoid_name (spelling, cannabinoid) VALUES
('thc', 'THC'), ('d9thc', 'THC'), ('delta9thc', 'THC'), ('thcd9', 'THC'), ('thcdelta9', 'THC'), ('9thc', 'THC'),
('tetrahydrocannabinol', 'THC'), ('delta9tetrahydrocannabinol', 'THC'), ('d9tetrahydrocannabinol', 'THC'),
('tetrahydrocannabinolthc', 'THC'), ('thctetrahydrocannabinol', 'THC'), ('delta9tetrahydrocannabinolthc', 'THC'),
('thca', 'THCA'), ('thcacid', 'THCA'), ('d9thca', 'THCA'), ('delta9thca', 'THCA'), ('9thca', 'THCA'),
('tetrahydrocannabinolicacid', 'THCA'), ('delta9tetrahydrocannabinolicacid', 'THCA'),
('tetrahydrocannabinolicacidthca', 'THCA'), ('thcatetrahydrocannabinolicacid', 'THCA'),
('cbd', 'CBD'), ('cannabidiol', 'CBD'), ('cannabidiolcbd', 'CBD'), ('cbdcannabidiol', 'CBD'),
('cbda', 'CBDA'), ('cbdacid', 'CBDA'), ('cannabidiolicacid', 'CBDA'), ('cannabidiolicacidcbda', 'CBDA'),
('cbdacannabidiolicacid', 'CBDA');
