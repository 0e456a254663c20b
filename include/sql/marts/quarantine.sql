CREATE OR REPLACE VIEW mart.quarantine AS
SELECT
    q.quarantine_id,
    q.pull_id,
    p.kind,
    q.office_id,
    o.name AS office_name,
    q.product_id,
    n.name AS product_name,
    q.package_id,
    q.field,
    q.reason,
    q.body,
    q.observed_at,
    q.counted
FROM ops.quarantine AS q
INNER JOIN ops.pull AS p ON q.pull_id = p.pull_id
LEFT JOIN inventory.office AS o ON q.office_id = o.office_id
LEFT JOIN inventory.product AS n ON q.product_id = n.product_id;

COMMENT ON VIEW mart.quarantine IS 'One row per item, or field of an item, that could not be used. A quarantined product is neither changed nor absent in that pull. Example: for the last hundred, ORDER BY quarantine_id DESC LIMIT 100.';
COMMENT ON COLUMN mart.quarantine.quarantine_id IS 'Id of the row, in the order of loading.';
COMMENT ON COLUMN mart.quarantine.pull_id IS 'Id of the pull that received the item, in mart.pull.';
COMMENT ON COLUMN mart.quarantine.kind IS 'Kind of the pull: office, updated, product, reference, packages or package.';
COMMENT ON COLUMN mart.quarantine.office_id IS 'Id of the office of the item; NULL where it could not be read.';
COMMENT ON COLUMN mart.quarantine.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
COMMENT ON COLUMN mart.quarantine.product_id IS 'Id of the product of the item; NULL where it could not be read.';
COMMENT ON COLUMN mart.quarantine.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
COMMENT ON COLUMN mart.quarantine.package_id IS 'Id of the package, where the item is one and its id could be read.';
COMMENT ON COLUMN mart.quarantine.field IS 'Field that was set aside; a field of a list is prefixed with its name (lab_results.potency). NULL where the whole item was rejected.';
COMMENT ON COLUMN mart.quarantine.reason IS 'Why the item or field could not be used.';
COMMENT ON COLUMN mart.quarantine.body IS 'The item, or its id and the field, as received, at most 2,000 characters; the API key is masked. Text of others: never use it as HTML.';
COMMENT ON COLUMN mart.quarantine.observed_at IS 'Time of the page with the item.';
COMMENT ON COLUMN mart.quarantine.counted IS 'True where the item belongs to the read that counts.';
