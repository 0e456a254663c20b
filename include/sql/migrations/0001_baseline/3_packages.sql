-- Packages: the refresh queue, page presence, and versions of packages and lab results.

CREATE TABLE ops.package_refresh_queue (
    product_id bigint NOT NULL,
    package_id bigint,
    reason text NOT NULL CHECK (reason IN ('new', 'changed', 'vanished', 'packages_unknown', 'unlisted', 'old')),
    by_id boolean NOT NULL,
    due_since timestamptz NOT NULL,
    claimed_by integer,
    pull_id bigint,
    tries integer NOT NULL DEFAULT 0,
    not_before timestamptz,
    failed_at timestamptz,
    UNIQUE NULLS NOT DISTINCT (product_id, package_id)
);
CREATE INDEX package_refresh_queue_by_age ON ops.package_refresh_queue (due_since);
CREATE INDEX package_refresh_queue_by_package ON ops.package_refresh_queue (package_id);
COMMENT ON TABLE ops.package_refresh_queue IS 'One row per package, or product list, due for refresh, processed in the order of due_since. Filled from the change log; a row is deleted when the fetch that was planned for it is loaded.';
COMMENT ON COLUMN ops.package_refresh_queue.product_id IS 'Id of the product of the package, from the inventory items.';
COMMENT ON COLUMN ops.package_refresh_queue.package_id IS 'Id of the package; NULL where the whole list of the product is due.';
COMMENT ON COLUMN ops.package_refresh_queue.reason IS 'new, changed or vanished in some office; packages_unknown: the product changed, and the API did not provide its packages; unlisted: the list of the product lacks the package; old: its detail is older than the sweep age.';
COMMENT ON COLUMN ops.package_refresh_queue.by_id IS 'True where the package has to be fetched by its id, because lists show active packages only.';
COMMENT ON COLUMN ops.package_refresh_queue.due_since IS 'Time since which it is due: that of the first observation because of which it is; or, where it waits for the next business day, the start of that day.';
COMMENT ON COLUMN ops.package_refresh_queue.claimed_by IS 'Number of the task of package_history that fetches it; NULL where none does. The claim of a task that has ended does not count.';
COMMENT ON COLUMN ops.package_refresh_queue.pull_id IS 'Id of the pull that fetches it, in ops.pull once it is loaded; NULL where none is planned, or where the package changed after it was planned.';
COMMENT ON COLUMN ops.package_refresh_queue.tries IS 'Number of answers that could not be used.';
COMMENT ON COLUMN ops.package_refresh_queue.not_before IS 'Earliest time of the next fetch: after an answer that could not be used, or after the end of a business day on which the package was refreshed already.';
COMMENT ON COLUMN ops.package_refresh_queue.failed_at IS 'Time at which a fetch last failed or was incomplete: such rows come after all others.';

CREATE TABLE inventory.package_presence (
    observed_at timestamptz NOT NULL,
    pull_id bigint NOT NULL,
    page integer NOT NULL,
    package_ids bigint[] NOT NULL,
    PRIMARY KEY (observed_at, pull_id, page)
) PARTITION BY RANGE (observed_at);
COMMENT ON TABLE inventory.package_presence IS 'One row per page of a fetch: the packages whose detail it returned, changed or not, or that the API no longer knows.';
COMMENT ON COLUMN inventory.package_presence.observed_at IS 'Time of the answer.';
COMMENT ON COLUMN inventory.package_presence.pull_id IS 'Id of the pull, in ops.pull.';
COMMENT ON COLUMN inventory.package_presence.page IS 'Number of the page in the read that counts, from 1.';
COMMENT ON COLUMN inventory.package_presence.package_ids IS 'Ids of the packages, without those in quarantine.';

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
    -- Ranges of one id, because an exclusion constraint on bigint would require the extension btree_gist.
    CONSTRAINT package_states_do_not_overlap EXCLUDE USING gist (
        int8range(package_id - 1, package_id) WITH &&, tstzrange(valid_from, valid_to) WITH &&
    )
) WITH (fillfactor = 80);
CREATE INDEX package_state_by_product ON inventory.package_state (product_id) WHERE valid_to IS NULL;
CREATE INDEX package_state_by_uid ON inventory.package_state (uid);
CREATE INDEX package_state_by_vendor ON inventory.package_state (vendor) WHERE valid_to IS NULL;
-- In the order of bytes, whatever the collation of the database, these find tags and batches by their beginning.
CREATE INDEX package_state_by_tag ON inventory.package_state (uid COLLATE "C") WHERE valid_to IS NULL;
CREATE INDEX package_state_by_batch ON inventory.package_state (batch_id COLLATE "C") WHERE valid_to IS NULL;
-- The states of a package have no gaps. Its last version is its last state or, where the API no longer knows the
-- package, the state before that one.
CREATE INDEX package_state_gone ON inventory.package_state (package_id) WHERE is_gone AND valid_to IS NULL;
-- Packages in stock are few compared with all packages ever seen.
CREATE INDEX package_state_in_stock ON inventory.package_state (package_id)
WHERE valid_to IS NULL AND available_quantity <> 0;
COMMENT ON TABLE inventory.package_state IS 'One row per package and validity period (SCD type 2): an observation that differs from the one before it, in the order of observed_at whatever the order of loading.';
COMMENT ON COLUMN inventory.package_state.package_id IS 'Id of the package.';
COMMENT ON COLUMN inventory.package_state.valid_from IS 'Time at which the state was first observed.';
COMMENT ON COLUMN inventory.package_state.valid_to IS 'Time at which a different state was observed; NULL while the state is current.';
COMMENT ON COLUMN inventory.package_state.observed_at IS 'Time at which the state was last seen.';
COMMENT ON COLUMN inventory.package_state.pull_id IS 'Id of the pull that first observed it, in ops.pull.';
COMMENT ON COLUMN inventory.package_state.is_gone IS 'True where the API answered that it knows no such package; then all attributes are unknown.';
COMMENT ON COLUMN inventory.package_state.product_id IS 'Id of the product of the package, from the inventory items.';
COMMENT ON COLUMN inventory.package_state.uid IS 'Tag of the package; it may not be a Metrc tag.';
COMMENT ON COLUMN inventory.package_state.source_uid IS 'Tag of the package from which it was made.';
COMMENT ON COLUMN inventory.package_state.vendor IS 'Name of the vendor.';
COMMENT ON COLUMN inventory.package_state.batch_id IS 'Id of the batch; several packages may share it.';
COMMENT ON COLUMN inventory.package_state.harvest_production_date IS 'Date of harvest or production.';
COMMENT ON COLUMN inventory.package_state.packaged_date IS 'Date of packaging.';
COMMENT ON COLUMN inventory.package_state.check_in_date IS 'Date of check-in.';
COMMENT ON COLUMN inventory.package_state.checked_in_to IS 'Id of the office to which it was checked in.';
COMMENT ON COLUMN inventory.package_state.available_in_office IS 'Ids of the offices where it is available, in ascending order.';
COMMENT ON COLUMN inventory.package_state.best_by IS 'Best-by date.';
COMMENT ON COLUMN inventory.package_state.tested_date IS 'Date of the lab test.';
COMMENT ON COLUMN inventory.package_state.measurement IS 'unit, unit_range, weight, weight_range or any other text, as received.';
COMMENT ON COLUMN inventory.package_state.checked_in_quantity IS 'Quantity at check-in, in checked_in_unit; NULL where the API provided none, or several in different units.';
COMMENT ON COLUMN inventory.package_state.checked_in_unit IS 'Unit of checked_in_quantity, as the API names it.';
COMMENT ON COLUMN inventory.package_state.available_quantity IS 'Quantity left in all offices, in available_unit; NULL where the API provided none, or several in different units.';
COMMENT ON COLUMN inventory.package_state.available_unit IS 'Unit of available_quantity, as the API names it.';
COMMENT ON COLUMN inventory.package_state.checked_in IS 'checked_in_quantity as received: units and numbers.';
COMMENT ON COLUMN inventory.package_state.available IS 'available_quantity as received: units and numbers.';
COMMENT ON COLUMN inventory.package_state.unknown IS 'As received: fields that the vendor''s API guide does not document, documented fields that could not be read, and dates that came with a time; NULL where there are none.';
COMMENT ON COLUMN inventory.package_state.is_empty IS 'True where nothing is left: available_quantity is not above 0 or, where it is NULL, no office has the package.';

CREATE TABLE inventory.lab_analyte (analyte_id bigint PRIMARY KEY, name text, observed_at timestamptz NOT NULL);
COMMENT ON TABLE inventory.lab_analyte IS 'One row per analyte of lab results: cannabinoids and terpenes.';
COMMENT ON COLUMN inventory.lab_analyte.analyte_id IS 'Id of the analyte in the API.';
COMMENT ON COLUMN inventory.lab_analyte.name IS 'Current name.';
COMMENT ON COLUMN inventory.lab_analyte.observed_at IS 'Time at which reference data last listed the analyte.';

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
        -- NULL is a code of its own: a number that no bigint can be.
        numrange(coalesce(measurement_code, 1e19), coalesce(measurement_code, 1e19), '[]') WITH &&,
        tstzrange(valid_from, valid_to) WITH &&
    )
);
CREATE INDEX lab_version_by_vendor ON inventory.lab_version (vendor);
CREATE INDEX lab_version_by_product ON inventory.lab_version (product_id);
-- Finds the current results of the last months among those of years.
CREATE INDEX lab_version_by_test ON inventory.lab_version (tested_date) WHERE valid_to IS NULL;
COMMENT ON TABLE inventory.lab_version IS 'One row per package, analyte, measurement code and validity period (SCD type 2): lab results as versions.';
COMMENT ON COLUMN inventory.lab_version.package_id IS 'Id of the package.';
COMMENT ON COLUMN inventory.lab_version.analyte_id IS 'Id of the analyte, in inventory.lab_analyte.';
COMMENT ON COLUMN inventory.lab_version.measurement_code IS 'measurement as received: the code of the unit, in inventory.lab_unit.';
COMMENT ON COLUMN inventory.lab_version.valid_from IS 'Time at which the version was first observed.';
COMMENT ON COLUMN inventory.lab_version.valid_to IS 'Time at which a different result, or the package without this analyte, was observed; NULL while the version is current.';
COMMENT ON COLUMN inventory.lab_version.pull_id IS 'Id of the pull that first observed it, in ops.pull.';
COMMENT ON COLUMN inventory.lab_version.event IS 'How the version differs from the one before: first_seen; disappeared (the potency became NULL); retested (another tested_date); corrected (another potency for the same test); relabelled (another product, uid, vendor, batch or unknown field); returned (there was no result in between).';
COMMENT ON COLUMN inventory.lab_version.potency IS 'Potency in the unit of the code; NULL means not tested, which is not zero.';
COMMENT ON COLUMN inventory.lab_version.tested_date IS 'Date of the lab test.';
COMMENT ON COLUMN inventory.lab_version.product_id IS 'Id of the product of the package in this period.';
COMMENT ON COLUMN inventory.lab_version.uid IS 'Tag of the package in this period.';
COMMENT ON COLUMN inventory.lab_version.vendor IS 'Vendor of the package in this period.';
COMMENT ON COLUMN inventory.lab_version.batch_id IS 'Batch of the package in this period.';
COMMENT ON COLUMN inventory.lab_version.unknown IS 'Fields of the result that the vendor''s API guide does not document, as received; NULL where there are none.';

CREATE TABLE inventory.lab_unit (
    measurement_code bigint PRIMARY KEY,
    name text NOT NULL,
    is_verified boolean NOT NULL
);
COMMENT ON TABLE inventory.lab_unit IS 'One row per measurement code of lab results: the unit that the code stands for. The vendor does not document the codes: compare with its screens, then correct the rows.';
COMMENT ON COLUMN inventory.lab_unit.measurement_code IS 'measurement of a lab result, as received.';
COMMENT ON COLUMN inventory.lab_unit.name IS 'Name of the unit.';
COMMENT ON COLUMN inventory.lab_unit.is_verified IS 'True where a person has compared the unit with the vendor''s screens.';

INSERT INTO inventory.lab_unit (measurement_code, name, is_verified) VALUES (1, 'percent', false);

CREATE TABLE inventory.cannabinoid_name (
    spelling text PRIMARY KEY CHECK (spelling ~ '^[a-z0-9]+$'),
    cannabinoid text NOT NULL CHECK (cannabinoid IN ('THC', 'THCA', 'CBD', 'CBDA'))
);
COMMENT ON TABLE inventory.cannabinoid_name IS 'One row per spelling of an analyte''s name: the cannabinoid that it stands for. Add the spellings of your account.';
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
