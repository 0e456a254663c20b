-- Packages: the refresh queue, page presence, and versions of packages and lab panels.

CREATE TABLE ops.package_refresh_queue (
    product_id bigint NOT NULL,
    package_id bigint,
    reason text NOT NULL CHECK (
        reason IN ('new', 'changed', 'vanished', 'packages_unknown', 'unlisted', 'old', 'requested')
    ),
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
COMMENT ON COLUMN ops.package_refresh_queue.reason IS 'new, changed or vanished in some office; packages_unknown: the product changed, and the API did not provide its packages; unlisted: the list of the product lacks the package; old: its detail is older than the sweep age; requested: a task refreshes it in any case.';
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

-- Versions of one package are a chain: each ends where the next one begins, two never end at the same time, and one has
-- no end. So they cannot overlap, and B-trees are all that it takes. The end is checked at the commit, because a version
-- ends before the next one is inserted.
CREATE TABLE inventory.package_state (
    package_id bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    observed_at timestamptz NOT NULL,
    attributes_from timestamptz,
    available_quantity numeric,
    available_in_office bigint[],
    available jsonb,
    PRIMARY KEY (package_id, valid_from),
    CHECK (valid_from < valid_to),
    CONSTRAINT package_states_end_once UNIQUE NULLS NOT DISTINCT (package_id, valid_to),
    CONSTRAINT package_states_follow_each_other FOREIGN KEY (package_id, valid_to)
    REFERENCES inventory.package_state (package_id, valid_from) DEFERRABLE INITIALLY DEFERRED
);
-- Packages in stock are few compared with all packages ever seen.
CREATE INDEX package_state_in_stock ON inventory.package_state (package_id)
WHERE valid_to IS NULL AND available_quantity <> 0;
COMMENT ON TABLE inventory.package_state IS 'One row per package and validity period (SCD type 2): an observation that differs from the one before it, in the order of observed_at whatever the order of loading. Holds what changes often; inventory.package_version adds the attributes.';
COMMENT ON COLUMN inventory.package_state.package_id IS 'Id of the package.';
COMMENT ON COLUMN inventory.package_state.valid_from IS 'Time at which the state was first observed.';
COMMENT ON COLUMN inventory.package_state.valid_to IS 'Time at which a different state was observed: the valid_from of the next row of the package; NULL while the state is current.';
COMMENT ON COLUMN inventory.package_state.observed_at IS 'Time at which the state was last seen.';
COMMENT ON COLUMN inventory.package_state.attributes_from IS 'The valid_from of its row in inventory.package_attributes; NULL where the API answered that it knows no such package.';
COMMENT ON COLUMN inventory.package_state.available_quantity IS 'Quantity left in all offices, in available_unit; NULL where the API provided none, or several in different units.';
COMMENT ON COLUMN inventory.package_state.available_in_office IS 'Ids of the offices where it is available, in ascending order.';
COMMENT ON COLUMN inventory.package_state.available IS 'available_quantity as received: units and numbers; NULL where it is available_unit with available_quantity, and nothing else.';

CREATE TABLE inventory.package_attributes (
    package_id bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    product_id bigint NOT NULL,
    uid text,
    source_uid text,
    vendor text,
    batch_id text,
    harvest_production_date date,
    packaged_date date,
    check_in_date date,
    best_by date,
    tested_date date,
    checked_in_to bigint,
    measurement text,
    checked_in_quantity numeric,
    checked_in_unit text,
    available_unit text,
    checked_in jsonb,
    unknown jsonb,
    PRIMARY KEY (package_id, valid_from)
);
CREATE INDEX package_attributes_by_product ON inventory.package_attributes (product_id);
CREATE INDEX package_attributes_by_uid ON inventory.package_attributes (uid);
CREATE INDEX package_attributes_by_vendor ON inventory.package_attributes (vendor);
-- Finds the lab results of the last months among those of years.
CREATE INDEX package_attributes_by_test ON inventory.package_attributes (tested_date);
-- In the order of bytes, whatever the collation of the database, these find tags and batches by their beginning.
CREATE INDEX package_attributes_by_tag ON inventory.package_attributes (uid COLLATE "C");
CREATE INDEX package_attributes_by_batch ON inventory.package_attributes (batch_id COLLATE "C");
COMMENT ON TABLE inventory.package_attributes IS 'One row per package and time from which its attributes were as they are: what changes rarely. States and lab panels refer to it.';
COMMENT ON COLUMN inventory.package_attributes.package_id IS 'Id of the package.';
COMMENT ON COLUMN inventory.package_attributes.valid_from IS 'Time at which these attributes were first observed.';
COMMENT ON COLUMN inventory.package_attributes.product_id IS 'Id of the product of the package, from the inventory items.';
COMMENT ON COLUMN inventory.package_attributes.uid IS 'Tag of the package; it may not be a Metrc tag.';
COMMENT ON COLUMN inventory.package_attributes.source_uid IS 'Tag of the package from which it was made.';
COMMENT ON COLUMN inventory.package_attributes.vendor IS 'Name of the vendor.';
COMMENT ON COLUMN inventory.package_attributes.batch_id IS 'Id of the batch; several packages may share it.';
COMMENT ON COLUMN inventory.package_attributes.harvest_production_date IS 'Date of harvest or production.';
COMMENT ON COLUMN inventory.package_attributes.packaged_date IS 'Date of packaging.';
COMMENT ON COLUMN inventory.package_attributes.check_in_date IS 'Date of check-in.';
COMMENT ON COLUMN inventory.package_attributes.best_by IS 'Best-by date.';
COMMENT ON COLUMN inventory.package_attributes.tested_date IS 'Date of the lab test.';
COMMENT ON COLUMN inventory.package_attributes.checked_in_to IS 'Id of the office to which it was checked in.';
COMMENT ON COLUMN inventory.package_attributes.measurement IS 'unit, unit_range, weight, weight_range or any other text, as received.';
COMMENT ON COLUMN inventory.package_attributes.checked_in_quantity IS 'Quantity at check-in, in checked_in_unit; NULL where the API provided none, or several in different units.';
COMMENT ON COLUMN inventory.package_attributes.checked_in_unit IS 'Unit of checked_in_quantity, as the API names it.';
COMMENT ON COLUMN inventory.package_attributes.available_unit IS 'Unit of available_quantity, as the API names it.';
COMMENT ON COLUMN inventory.package_attributes.checked_in IS 'checked_in_quantity as received: units and numbers; NULL where it is checked_in_unit with checked_in_quantity, and nothing else.';
COMMENT ON COLUMN inventory.package_attributes.unknown IS 'As received: fields that the vendor''s API guide does not document, documented fields that could not be read, and dates that came with a time; NULL where there are none.';

CREATE TABLE inventory.lab_analyte (analyte_id bigint PRIMARY KEY, name text, observed_at timestamptz NOT NULL);
COMMENT ON TABLE inventory.lab_analyte IS 'One row per analyte of lab results: cannabinoids and terpenes.';
COMMENT ON COLUMN inventory.lab_analyte.analyte_id IS 'Id of the analyte in the API.';
COMMENT ON COLUMN inventory.lab_analyte.name IS 'Current name.';
COMMENT ON COLUMN inventory.lab_analyte.observed_at IS 'Time at which reference data last listed the analyte.';

-- A chain like inventory.package_state. It begins with the first panel that has results; a panel without any ends it for
-- the time in which the package has none.
CREATE TABLE inventory.lab_panel (
    package_id bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    attributes_from timestamptz,
    analyte_ids bigint[] NOT NULL,
    measurement_codes bigint[] NOT NULL,
    potencies numeric[] NOT NULL,
    unknown jsonb[],
    is_first boolean NOT NULL,
    PRIMARY KEY (package_id, valid_from),
    CHECK (valid_from < valid_to),
    CHECK (cardinality(measurement_codes) = cardinality(analyte_ids)),
    CHECK (cardinality(potencies) = cardinality(analyte_ids)),
    CONSTRAINT lab_panels_end_once UNIQUE NULLS NOT DISTINCT (package_id, valid_to),
    CONSTRAINT lab_panels_follow_each_other FOREIGN KEY (package_id, valid_to)
    REFERENCES inventory.lab_panel (package_id, valid_from) DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE inventory.lab_panel IS 'One row per package and validity period (SCD type 2): all lab results of the package, which are one thing. inventory.lab_version has them result by result.';
COMMENT ON COLUMN inventory.lab_panel.package_id IS 'Id of the package.';
COMMENT ON COLUMN inventory.lab_panel.valid_from IS 'Time at which the panel was first observed.';
COMMENT ON COLUMN inventory.lab_panel.valid_to IS 'Time at which a different panel was observed: the valid_from of the next row of the package; NULL while the panel is current.';
COMMENT ON COLUMN inventory.lab_panel.attributes_from IS 'The valid_from of its row in inventory.package_attributes, with the test date and the product, tag, vendor and batch of the package in this period; NULL where the API knew no such package.';
COMMENT ON COLUMN inventory.lab_panel.analyte_ids IS 'Ids of the analytes, in inventory.lab_analyte, in ascending order; empty where there are no results.';
COMMENT ON COLUMN inventory.lab_panel.measurement_codes IS 'For each analyte, measurement as received: the code of the unit, in inventory.lab_unit.';
COMMENT ON COLUMN inventory.lab_panel.potencies IS 'For each analyte, its potency in the unit of the code; NULL means not tested, which is not zero.';
COMMENT ON COLUMN inventory.lab_panel.unknown IS 'For each analyte, fields of the result that the vendor''s API guide does not document, as received; NULL where there are none.';
COMMENT ON COLUMN inventory.lab_panel.is_first IS 'True for the first panel of the package: there is no earlier one to compare it with.';

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
