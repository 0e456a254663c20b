-- Reference data, observations of stock as change logs, current stock, and what is derived per business day.

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
COMMENT ON TABLE inventory.office IS 'One row per location or storage that holds stock.';
COMMENT ON COLUMN inventory.office.office_id IS 'Id of the office in the API.';
COMMENT ON COLUMN inventory.office.name IS 'Current name; NULL until reference data is first loaded.';
COMMENT ON COLUMN inventory.office.medical_license IS 'State licence for medical use, from the last reference data; NULL where there is none.';
COMMENT ON COLUMN inventory.office.adult_use_license IS 'State licence for adult use, from the last reference data; NULL where there is none.';
COMMENT ON COLUMN inventory.office.is_listed IS 'True where the last complete list of offices, or the connection, names the office. Only then it is pulled.';
COMMENT ON COLUMN inventory.office.listed_since IS 'Start of the current uninterrupted period of being listed, by the clock of the database; NULL where the office is not listed. Its freshness SLA applies from then on.';
COMMENT ON COLUMN inventory.office.first_seen_at IS 'Time at which a pull first returned stock of the office, or showed that it had none.';
COMMENT ON COLUMN inventory.office.observed_at IS 'Time at which reference data last listed the office.';
COMMENT ON COLUMN inventory.office.movement_time_zone IS 'Time zone of the days of the office in inventory.daily_movement; NULL before the first of them. Where the setting differs, the next roll-up derives all of them again.';

CREATE TABLE inventory.brand (brand_id bigint PRIMARY KEY, name text, observed_at timestamptz NOT NULL);
COMMENT ON TABLE inventory.brand IS 'One row per brand, with its current name.';
COMMENT ON COLUMN inventory.brand.brand_id IS 'Id of the brand in the API.';
COMMENT ON COLUMN inventory.brand.name IS 'Current name.';
COMMENT ON COLUMN inventory.brand.observed_at IS 'Time at which reference data last listed the brand.';

CREATE TABLE inventory.category (category_id bigint PRIMARY KEY, name text, observed_at timestamptz NOT NULL);
COMMENT ON TABLE inventory.category IS 'One row per product category, with its current name.';
COMMENT ON COLUMN inventory.category.category_id IS 'Id of the category in the API.';
COMMENT ON COLUMN inventory.category.name IS 'Current name.';
COMMENT ON COLUMN inventory.category.observed_at IS 'Time at which reference data last listed the category.';

CREATE TABLE inventory.product (
    product_id bigint PRIMARY KEY,
    name text,
    brand_id bigint,
    category_id bigint,
    strain_type_id bigint,
    measurement text,
    observed_at timestamptz NOT NULL
);
COMMENT ON TABLE inventory.product IS 'One row per product of the catalogue, with its current name. A product may be in stock before the catalogue lists it.';
COMMENT ON COLUMN inventory.product.product_id IS 'Id of the product in the API.';
COMMENT ON COLUMN inventory.product.name IS 'Current name.';
COMMENT ON COLUMN inventory.product.brand_id IS 'Id of the brand, in inventory.brand.';
COMMENT ON COLUMN inventory.product.category_id IS 'Id of the category, in inventory.category.';
COMMENT ON COLUMN inventory.product.strain_type_id IS '0 none, 1 indica, 2 sativa, 3 hybrid, 4 CBD.';
COMMENT ON COLUMN inventory.product.measurement IS 'unit, unit_range, weight, weight_range or any other text, from the catalogue.';
COMMENT ON COLUMN inventory.product.observed_at IS 'Time at which reference data last listed the product.';

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
-- Finds the changes of a pull without a scan of the change log.
CREATE INDEX stock_change_by_time ON inventory.stock_change (observed_at, pull_id);
COMMENT ON TABLE inventory.stock_change IS 'One row per office, product and observation that differs from the one before it. Change log at product grain, in the order of observed_at whatever the order of loading.';
COMMENT ON COLUMN inventory.stock_change.office_id IS 'Id of the office.';
COMMENT ON COLUMN inventory.stock_change.product_id IS 'Id of the product.';
COMMENT ON COLUMN inventory.stock_change.observed_at IS 'Time of the page that showed the product; for an absence, of the last page of the pull.';
COMMENT ON COLUMN inventory.stock_change.pull_id IS 'Id of the pull, in ops.pull.';
COMMENT ON COLUMN inventory.stock_change.measurement IS 'Unit of the quantities: unit, unit_range, weight, weight_range, or another value that the API sends.';
COMMENT ON COLUMN inventory.stock_change.quantity IS 'Stock of the product in the office, in measurement. Additive over offices and products of one measurement, never over time.';
COMMENT ON COLUMN inventory.stock_change.previous_quantity IS 'Quantity of the observation before, in measurement; NULL where the product was first seen and where the measurement changed.';
COMMENT ON COLUMN inventory.stock_change.reason IS 'first_seen, changed, absent (a complete pull of the office no longer lists the product), measurement_changed, or packages_changed (the quantity did not change).';
COMMENT ON COLUMN inventory.stock_change.source IS 'Kind of the pull: office, updated or product.';
COMMENT ON COLUMN inventory.stock_change.packages_known IS 'True where this observation listed the packages; otherwise the two arrays are from the last observation that did.';
COMMENT ON COLUMN inventory.stock_change.package_ids IS 'Ids of the packages, in ascending order; NULL where they were never listed.';
COMMENT ON COLUMN inventory.stock_change.package_quantities IS 'Quantities of the packages, in the order of package_ids.';
COMMENT ON COLUMN inventory.stock_change.zero_since IS 'Where the quantity is 0: the time at which it was first observed at 0.';
COMMENT ON COLUMN inventory.stock_change.was_above_zero IS 'True where the product was above 0 in the office in this observation or any earlier one.';

CREATE TABLE inventory.package_change (
    office_id bigint NOT NULL,
    product_id bigint NOT NULL,
    package_id bigint NOT NULL,
    observed_at timestamptz NOT NULL,
    quantity numeric NOT NULL,
    previous_quantity numeric,
    reason text NOT NULL,
    PRIMARY KEY (office_id, product_id, package_id, observed_at)
) PARTITION BY RANGE (observed_at);
-- Finds the history of a package over all offices and products.
CREATE INDEX package_change_by_package ON inventory.package_change (package_id);
COMMENT ON TABLE inventory.package_change IS 'One row per office, product, package and observation that differs from the one before it. Change log at package grain.';
COMMENT ON COLUMN inventory.package_change.office_id IS 'Id of the office.';
COMMENT ON COLUMN inventory.package_change.product_id IS 'Id of the product whose item listed the package.';
COMMENT ON COLUMN inventory.package_change.package_id IS 'Id of the package.';
COMMENT ON COLUMN inventory.package_change.observed_at IS 'Time of the observation: that of the row of inventory.stock_change that names the pull.';
COMMENT ON COLUMN inventory.package_change.quantity IS 'Stock of the package in the office, in the measurement of its product; 0 where it left the office.';
COMMENT ON COLUMN inventory.package_change.previous_quantity IS 'Quantity of the observation before; NULL where the package was first seen in the office.';
COMMENT ON COLUMN inventory.package_change.reason IS 'first_seen, changed, or absent (its product no longer lists it, or is absent).';

-- A tenth of each page stays free, so that a changed product stays on its page and needs no new entry in the index (HOT).
CREATE TABLE inventory.stock (
    office_id bigint NOT NULL,
    product_id bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    measurement text NOT NULL,
    quantity numeric NOT NULL,
    packages_known boolean NOT NULL,
    package_ids bigint[],
    package_quantities numeric[],
    package_quantity numeric NOT NULL,
    zero_since timestamptz,
    was_above_zero boolean NOT NULL,
    PRIMARY KEY (office_id, product_id)
) WITH (fillfactor = 90);
COMMENT ON TABLE inventory.stock IS 'One row per office and product ever seen in the office: the last row of inventory.stock_change, which the next pull is compared with.';
COMMENT ON COLUMN inventory.stock.office_id IS 'Id of the office.';
COMMENT ON COLUMN inventory.stock.product_id IS 'Id of the product.';
COMMENT ON COLUMN inventory.stock.changed_at IS 'observed_at of that row of the change log.';
COMMENT ON COLUMN inventory.stock.measurement IS 'Unit of the quantities: unit, unit_range, weight, weight_range, or another value that the API sends.';
COMMENT ON COLUMN inventory.stock.quantity IS 'Stock, in measurement. Additive over offices and products of one measurement.';
COMMENT ON COLUMN inventory.stock.packages_known IS 'True where the last observation listed the packages.';
COMMENT ON COLUMN inventory.stock.package_ids IS 'Ids of the packages, in ascending order; NULL where they were never listed.';
COMMENT ON COLUMN inventory.stock.package_quantities IS 'Quantities of the packages, in the order of package_ids.';
COMMENT ON COLUMN inventory.stock.package_quantity IS 'Sum of package_quantities, in measurement, so that each day does not add them up again; 0 where there are none.';
COMMENT ON COLUMN inventory.stock.zero_since IS 'Where the quantity is 0: the time at which it was first observed at 0.';
COMMENT ON COLUMN inventory.stock.was_above_zero IS 'True where the product was ever observed above 0 in the office.';

CREATE TABLE inventory.page_presence (
    office_id bigint NOT NULL,
    observed_at timestamptz NOT NULL,
    pull_id bigint NOT NULL,
    page integer NOT NULL,
    product_ids bigint[] NOT NULL,
    PRIMARY KEY (office_id, observed_at, pull_id, page)
) PARTITION BY RANGE (observed_at);
COMMENT ON TABLE inventory.page_presence IS 'One row per office and page of a pull: the products on that page, changed or not. The change log holds what was observed; this table holds when it was last seen.';
COMMENT ON COLUMN inventory.page_presence.office_id IS 'Id of the office.';
COMMENT ON COLUMN inventory.page_presence.observed_at IS 'Time of the page.';
COMMENT ON COLUMN inventory.page_presence.pull_id IS 'Id of the pull, in ops.pull.';
COMMENT ON COLUMN inventory.page_presence.page IS 'Number of the page in the read that counts, from 1.';
COMMENT ON COLUMN inventory.page_presence.product_ids IS 'Ids of the products of the office on that page, without those in quarantine.';

-- The largest table: columns of a fixed width come first, in an order that needs no padding between them (a tenth of the
-- size of a row).
CREATE TABLE inventory.daily_stock (
    snapshot_date date NOT NULL,
    package_count integer,
    office_id bigint NOT NULL,
    product_id bigint NOT NULL,
    observed_at timestamptz NOT NULL,
    measurement text NOT NULL,
    quantity numeric NOT NULL,
    package_quantity numeric,
    basis text NOT NULL,
    PRIMARY KEY (snapshot_date, office_id, product_id)
) PARTITION BY RANGE (snapshot_date);
COMMENT ON TABLE inventory.daily_stock IS 'One row per business day, office and product: daily snapshot of the stock at the end of the day.';
COMMENT ON COLUMN inventory.daily_stock.snapshot_date IS 'Business day, in the time zone of the office.';
COMMENT ON COLUMN inventory.daily_stock.office_id IS 'Id of the office.';
COMMENT ON COLUMN inventory.daily_stock.product_id IS 'Id of the product.';
COMMENT ON COLUMN inventory.daily_stock.measurement IS 'Unit of the quantities: unit, unit_range, weight, weight_range, or another value that the API sends.';
COMMENT ON COLUMN inventory.daily_stock.quantity IS 'Stock at the end of the day, in measurement. Additive over offices and products of one measurement, never over days.';
COMMENT ON COLUMN inventory.daily_stock.package_count IS 'Number of packages listed with the product; NULL where the API did not provide them.';
COMMENT ON COLUMN inventory.daily_stock.package_quantity IS 'Sum of the quantities of these packages, in measurement; NULL where the API did not provide them. It may differ from quantity.';
COMMENT ON COLUMN inventory.daily_stock.basis IS 'observed: seen by the closing pull; carried_forward: from the last observation before the end of the day.';
COMMENT ON COLUMN inventory.daily_stock.observed_at IS 'Time at which this state was last seen.';

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
-- Finds whether any office has received a product since a day.
CREATE INDEX daily_movement_received ON inventory.daily_movement (product_id, business_date) WHERE increase > 0;
COMMENT ON TABLE inventory.daily_movement IS 'One row per office, product, business day and measurement with an observed change of quantity. Rolled up from the change log by roll_up.';
COMMENT ON COLUMN inventory.daily_movement.office_id IS 'Id of the office.';
COMMENT ON COLUMN inventory.daily_movement.product_id IS 'Id of the product.';
COMMENT ON COLUMN inventory.daily_movement.business_date IS 'Business day on which the changes were observed, in the time zone of the office.';
COMMENT ON COLUMN inventory.daily_movement.measurement IS 'Unit of the quantities: unit, unit_range, weight, weight_range, or another value that the API sends.';
COMMENT ON COLUMN inventory.daily_movement.opening IS 'Quantity before the first change of the day; 0 for a product first seen on this day that an earlier complete pull of the office did not list; NULL where it is unknown because a series starts on that day.';
COMMENT ON COLUMN inventory.daily_movement.increase IS 'Sum of the increases. Additive over days, offices and products of one measurement.';
COMMENT ON COLUMN inventory.daily_movement.depletion IS 'Sum of the decreases, as a positive number. Additive over days, offices and products of one measurement.';
COMMENT ON COLUMN inventory.daily_movement.closing IS 'Quantity after the last change of the day.';
