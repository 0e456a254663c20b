CREATE OR REPLACE VIEW mart.held_back_product AS
SELECT
    p.pull_id,
    p.office_id,
    h.product_id,
    i.name AS product_name,
    c.name AS category,
    h.measurement,
    h.quantity,
    h.observed_at,
    h.package_count,
    o.name AS office_name
FROM ops.pull AS p
LEFT JOIN inventory.office AS o ON p.office_id = o.office_id
CROSS JOIN LATERAL (
    -- The state before the pull, whose own absences count once it is accepted. A full join hashes or sorts; other joins
    -- could become nested loops where statistics do not cover the office.
    WITH joined AS MATERIALIZED (
        SELECT v.product_id, s.measurement, s.quantity, s.observed_at, s.package_count
        FROM (
            SELECT k.product_id
            FROM ops.held_back_product AS k
            WHERE k.office_id = p.office_id AND k.pull_id = p.pull_id
        ) AS v
        FULL JOIN inventory.state_as_of(p.office_id, p.first_page_at - interval '1 microsecond') AS s
            ON v.product_id = s.product_id
    )

    SELECT j.*
    FROM joined AS j
    WHERE j.product_id IS NOT NULL
) AS h
LEFT JOIN inventory.product AS i ON h.product_id = i.product_id
LEFT JOIN inventory.category AS c ON i.category_id = c.category_id
WHERE p.kind = 'office' AND (p.status = 'held_back' OR p.decided_at IS NOT NULL);

COMMENT ON VIEW mart.held_back_product IS 'One row per held-back pull and product with stock in the office that the pull no longer listed, with the last known stock before the pull. The rows stay after the decision. Example: for what would vanish if a pull were accepted, WHERE pull_id = 4711.';
COMMENT ON COLUMN mart.held_back_product.pull_id IS 'Id of the pull, in mart.held_back_pull.';
COMMENT ON COLUMN mart.held_back_product.office_id IS 'Id of the office.';
COMMENT ON COLUMN mart.held_back_product.product_id IS 'Id of the product.';
COMMENT ON COLUMN mart.held_back_product.product_name IS 'Current name of the product; NULL until the catalogue lists the product.';
COMMENT ON COLUMN mart.held_back_product.category IS 'Current name of its category.';
COMMENT ON COLUMN mart.held_back_product.measurement IS 'Unit of the quantity: unit, unit_range, weight, weight_range, or another value that the API sends.';
COMMENT ON COLUMN mart.held_back_product.quantity IS 'Stock in the office as last known before the pull, in measurement. Additive over products of one measurement and one pull.';
COMMENT ON COLUMN mart.held_back_product.observed_at IS 'Time before the pull at which the product was last seen with this quantity.';
COMMENT ON COLUMN mart.held_back_product.package_count IS 'Number of packages listed with the product then; NULL where the API did not provide them.';
COMMENT ON COLUMN mart.held_back_product.office_name IS 'Current name of the office; NULL until reference data is first loaded.';
