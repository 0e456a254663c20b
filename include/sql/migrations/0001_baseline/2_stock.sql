-- Offices and products by name, observations of stock as change logs, current stock, and what is derived day by day.

CREATE TABLE inventory.office (
    office_id bigint PRIMARY KEY,
    name text,
    medical_license text,
    adult_use_license text,
    is_listed boolean NOT NULL DEFAULT false,
    listed_since timestamptz,
    first_seen_at timestamptz,
    observed_at timestamptz,
    movement_time_zone text
);
COMMENT ON TABLE inventory.office IS 'Locations and storages that hold stock.';
COMMENT ON COLUMN inventory.office.office_id IS 'Id of the office in the API.';
COMMENT ON COLUMN inventory.office.name IS 'Its current name; NULL until the reference data told it.';
COMMENT ON COLUMN inventory.office.medical_license IS 'Its state licence for medical use, as the reference data told it last; NULL where it has or tells none.';
COMMENT ON COLUMN inventory.office.adult_use_license IS 'Its state licence for adult use, likewise.';
COMMENT ON COLUMN inventory.office.is_listed IS 'Whether the last complete list of offices, or the connection, named it: only then is it pulled.';
COMMENT ON COLUMN inventory.office.listed_since IS
'Since when it is listed without a break, by the clock of the database; NULL where it is not listed. Its freshness is owed from then on.';
COMMENT ON COLUMN inventory.office.first_seen_at IS 'When a pull first saw stock of it, or proved that it had none.';
COMMENT ON COLUMN inventory.office.observed_at IS 'When the reference data last named it.';
COMMENT ON COLUMN inventory.office.movement_time_zone IS 'Time zone of its days in inventory.daily_movement; NULL before the first of them. When the setting has changed, roll_up makes all of them again.';

CREATE TABLE inventory.brand (brand_id bigint PRIMARY KEY, name text, observed_at timestamptz NOT NULL);
COMMENT ON TABLE inventory.brand IS 'Brands, with their current names.';
COMMENT ON COLUMN inventory.brand.brand_id IS 'Id of the brand in the API.';
COMMENT ON COLUMN inventory.brand.name IS 'Its current name.';
COMMENT ON COLUMN inventory.brand.observed_at IS 'When the reference data last named it.';

CREATE TABLE inventory.category (category_id bigint PRIMARY KEY, name text, observed_at timestamptz NOT NULL);
COMMENT ON TABLE inventory.category IS 'Product categories, with their current names.';
COMMENT ON COLUMN inventory.category.category_id IS 'Id of the category in the API.';
COMMENT ON COLUMN inventory.category.name IS 'Its current name.';
COMMENT ON COLUMN inventory.category.observed_at IS 'When the reference data last named it.';

CREATE TABLE inventory.product (
    product_id bigint PRIMARY KEY,
    name text,
    brand_id bigint,
    category_id bigint,
    strain_type_id bigint,
    measurement text,
    observed_at timestamptz NOT NULL
);
COMMENT ON TABLE inventory.product IS 'The catalogue, with current names. A product may have stock before the catalogue names it.';
COMMENT ON COLUMN inventory.product.product_id IS 'Id of the product in the API.';
COMMENT ON COLUMN inventory.product.name IS 'Its current name.';
COMMENT ON COLUMN inventory.product.brand_id IS 'Its brand, in inventory.brand.';
COMMENT ON COLUMN inventory.product.category_id IS 'Its category, in inventory.category.';
COMMENT ON COLUMN inventory.product.strain_type_id IS '0 none, 1 indica, 2 sativa, 3 hybrid, 4 CBD.';
COMMENT ON COLUMN inventory.product.measurement IS 'unit, unit_range, weight, weight_range or any other text, as the catalogue says.';
COMMENT ON COLUMN inventory.product.observed_at IS 'When the reference data last named it.';

CREATE TABLE inventory.stock_change (
    office_id bigint NOT NULL,
    product_id bigint NOT NULL,
    observed_at timestamptz NOT NULL,
    pull_id bigint NOT NULL,
    measurement text NOT NULL,
    quantity numeric NOT NULL,
    previous_quantity numeric,
    reason text NOT NULL,
    source text NOT NULL,
    packages_known boolean NOT NULL,
    package_ids bigint[],
    package_quantities numeric[],
    zero_since timestamptz,
    was_above_zero boolean NOT NULL,
    PRIMARY KEY (office_id, product_id, observed_at)
) PARTITION BY RANGE (observed_at);
-- For what a pull changed, without a pass through the change log.
CREATE INDEX stock_change_by_time ON inventory.stock_change (observed_at, pull_id);
COMMENT ON TABLE inventory.stock_change IS 'Change log at product grain: a row for each observation that differs from the one before it, in the order of observed_at whatever the order of loading.';
COMMENT ON COLUMN inventory.stock_change.office_id IS 'Office.';
COMMENT ON COLUMN inventory.stock_change.product_id IS 'Product.';
COMMENT ON COLUMN inventory.stock_change.observed_at IS 'Time of the page that showed it; for an absence, of the last response of the pull.';
COMMENT ON COLUMN inventory.stock_change.pull_id IS 'The pull in ops.pull.';
COMMENT ON COLUMN inventory.stock_change.measurement IS 'unit, unit_range, weight, weight_range or any other text of the API: the unit of the quantities.';
COMMENT ON COLUMN inventory.stock_change.quantity IS 'Stock of the product in the office. Additive over offices and products of one measurement, never over time.';
COMMENT ON COLUMN inventory.stock_change.previous_quantity IS 'Quantity of the observation before; NULL at first sighting and where the measurement changed.';
COMMENT ON COLUMN inventory.stock_change.reason IS 'first_seen, changed, absent (a complete pull of the office no longer lists it), measurement_changed, or packages_changed (the quantity stayed).';
COMMENT ON COLUMN inventory.stock_change.source IS 'Kind of the pull: office, updated or product.';
COMMENT ON COLUMN inventory.stock_change.packages_known IS 'Whether this observation told the packages; if not, the two arrays are the last ones known.';
COMMENT ON COLUMN inventory.stock_change.package_ids IS 'Packages, by ascending id; NULL if none were ever told.';
COMMENT ON COLUMN inventory.stock_change.package_quantities IS 'Their quantities, in the order of package_ids.';
COMMENT ON COLUMN inventory.stock_change.zero_since IS 'While the quantity is 0: when it was first seen at 0.';
COMMENT ON COLUMN inventory.stock_change.was_above_zero IS 'Whether the product was ever seen above 0 in the office, up to here.';

CREATE TABLE inventory.package_change (
    office_id bigint NOT NULL,
    product_id bigint NOT NULL,
    package_id bigint NOT NULL,
    observed_at timestamptz NOT NULL,
    pull_id bigint NOT NULL,
    quantity numeric NOT NULL,
    previous_quantity numeric,
    reason text NOT NULL,
    PRIMARY KEY (office_id, product_id, package_id, observed_at)
) PARTITION BY RANGE (observed_at);
-- A package over all offices and products; packages and results of one vendor, results of one product.
CREATE INDEX package_change_by_package ON inventory.package_change (package_id);
COMMENT ON TABLE inventory.package_change IS 'Change log at package grain: a row for each observation of a package that differs from the one before it.';
COMMENT ON COLUMN inventory.package_change.office_id IS 'Office.';
COMMENT ON COLUMN inventory.package_change.product_id IS 'Product whose item listed the package.';
COMMENT ON COLUMN inventory.package_change.package_id IS 'Package.';
COMMENT ON COLUMN inventory.package_change.observed_at IS 'Time of the observation.';
COMMENT ON COLUMN inventory.package_change.pull_id IS 'The pull in ops.pull.';
COMMENT ON COLUMN inventory.package_change.quantity IS 'Stock of the package in the office, in the measurement of its product; 0 when it left.';
COMMENT ON COLUMN inventory.package_change.previous_quantity IS 'Quantity of the observation before; NULL at first sighting.';
COMMENT ON COLUMN inventory.package_change.reason IS 'first_seen, changed, or absent (its product is listed without it, or is absent).';

CREATE TABLE inventory.stock (
    office_id bigint NOT NULL,
    product_id bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    measurement text NOT NULL,
    quantity numeric NOT NULL,
    packages_known boolean NOT NULL,
    package_ids bigint[],
    package_quantities numeric[],
    zero_since timestamptz,
    was_above_zero boolean NOT NULL,
    PRIMARY KEY (office_id, product_id)
);
COMMENT ON TABLE inventory.stock IS 'The last row of the change log for every product ever seen in an office: what the next pull is compared with.';
COMMENT ON COLUMN inventory.stock.office_id IS 'Office.';
COMMENT ON COLUMN inventory.stock.product_id IS 'Product.';
COMMENT ON COLUMN inventory.stock.changed_at IS 'observed_at of that row of the change log.';
COMMENT ON COLUMN inventory.stock.measurement IS 'unit, unit_range, weight, weight_range or any other text of the API: the unit of the quantities.';
COMMENT ON COLUMN inventory.stock.quantity IS 'Stock. Additive over offices and products of one measurement.';
COMMENT ON COLUMN inventory.stock.packages_known IS 'Whether the last observation told the packages.';
COMMENT ON COLUMN inventory.stock.package_ids IS 'Packages, by ascending id; NULL if none were ever told.';
COMMENT ON COLUMN inventory.stock.package_quantities IS 'Their quantities, in the order of package_ids.';
COMMENT ON COLUMN inventory.stock.zero_since IS 'While the quantity is 0: when it was first seen at 0.';
COMMENT ON COLUMN inventory.stock.was_above_zero IS 'Whether the product was ever seen above 0 in the office.';

CREATE TABLE inventory.page_presence (
    office_id bigint NOT NULL,
    observed_at timestamptz NOT NULL,
    pull_id bigint NOT NULL,
    page integer NOT NULL,
    product_ids bigint[] NOT NULL,
    PRIMARY KEY (office_id, observed_at, pull_id, page)
) PARTITION BY RANGE (observed_at);
COMMENT ON TABLE inventory.page_presence IS 'Which products each page showed, changed or not: the change log says what was seen, this says when it was seen again.';
COMMENT ON COLUMN inventory.page_presence.office_id IS 'Office.';
COMMENT ON COLUMN inventory.page_presence.observed_at IS 'Time of the page.';
COMMENT ON COLUMN inventory.page_presence.pull_id IS 'The pull in ops.pull.';
COMMENT ON COLUMN inventory.page_presence.page IS 'Page of the read that counts, from 1.';
COMMENT ON COLUMN inventory.page_presence.product_ids IS 'Products of the office on that page, without those in quarantine.';

CREATE TABLE inventory.daily_stock (
    snapshot_date date NOT NULL,
    office_id bigint NOT NULL,
    product_id bigint NOT NULL,
    measurement text NOT NULL,
    quantity numeric NOT NULL,
    package_count integer,
    package_quantity numeric,
    basis text NOT NULL,
    observed_at timestamptz NOT NULL,
    PRIMARY KEY (snapshot_date, office_id, product_id)
) PARTITION BY RANGE (snapshot_date);
COMMENT ON TABLE inventory.daily_stock IS 'Daily snapshot: the state of an office at the end of a business day.';
COMMENT ON COLUMN inventory.daily_stock.snapshot_date IS 'Business day.';
COMMENT ON COLUMN inventory.daily_stock.office_id IS 'Office.';
COMMENT ON COLUMN inventory.daily_stock.product_id IS 'Product.';
COMMENT ON COLUMN inventory.daily_stock.measurement IS 'unit, unit_range, weight, weight_range or any other text of the API: the unit of the quantities.';
COMMENT ON COLUMN inventory.daily_stock.quantity IS 'Stock at the end of the day. Additive over offices and products of one measurement, never over days.';
COMMENT ON COLUMN inventory.daily_stock.package_count IS 'Packages listed with the product; NULL where the API did not tell.';
COMMENT ON COLUMN inventory.daily_stock.package_quantity IS 'Sum of their quantities; NULL where the API did not tell. It need not equal quantity.';
COMMENT ON COLUMN inventory.daily_stock.basis IS 'observed: seen by the pull after the end of the day; carried_forward: the last observation before.';
COMMENT ON COLUMN inventory.daily_stock.observed_at IS 'When the row was last seen to be so.';

CREATE TABLE inventory.daily_movement (
    office_id bigint NOT NULL,
    product_id bigint NOT NULL,
    business_date date NOT NULL,
    measurement text NOT NULL,
    opening numeric,
    increase numeric NOT NULL,
    depletion numeric NOT NULL,
    closing numeric NOT NULL,
    PRIMARY KEY (office_id, product_id, business_date, measurement),
    CONSTRAINT movements_add_up CHECK (opening + increase - depletion = closing),
    CONSTRAINT movements_are_not_negative CHECK (increase >= 0 AND depletion >= 0)
) PARTITION BY RANGE (business_date);
-- Whether any office has received a product since a day.
CREATE INDEX daily_movement_received ON inventory.daily_movement (product_id, business_date) WHERE increase > 0;
COMMENT ON TABLE inventory.daily_movement IS 'What the change log comes to per business day: a row for each office, product and measurement of which a quantity was seen to change. Derived: roll_up brings it up to the change log.';
COMMENT ON COLUMN inventory.daily_movement.office_id IS 'Office.';
COMMENT ON COLUMN inventory.daily_movement.product_id IS 'Product.';
COMMENT ON COLUMN inventory.daily_movement.business_date IS 'Business day of the office on which the changes were seen.';
COMMENT ON COLUMN inventory.daily_movement.measurement IS 'unit, unit_range, weight, weight_range or any other text of the API: the unit of the quantities.';
COMMENT ON COLUMN inventory.daily_movement.opening IS 'Quantity before the first change of the day; 0 at a first sighting that an earlier complete pull of the office proves new; NULL where it is not known, because a series starts on that day.';
COMMENT ON COLUMN inventory.daily_movement.increase IS 'Sum of the changes upwards. Additive over days, offices and products of one measurement.';
COMMENT ON COLUMN inventory.daily_movement.depletion IS 'Sum of the changes downwards, as a positive number. Additive over days, offices and products of one measurement.';
COMMENT ON COLUMN inventory.daily_movement.closing IS 'Quantity after the last change of the day.';
