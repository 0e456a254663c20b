CREATE OR REPLACE VIEW mart.product AS
-- Products of the catalogue, and those that have stock without being in it.
WITH stocked AS (
    SELECT
        k.product_id,
        -- First in the key of the change log: one lookup for each office.
        min((
            SELECT min(c.observed_at)
            FROM inventory.stock_change AS c
            WHERE c.office_id = k.office_id AND c.product_id = k.product_id
        )) AS first_seen_at,
        max(CASE WHEN k.quantity = 0 THEN k.zero_since ELSE s.observed_at END) AS last_seen_at
    FROM inventory.office AS o
    CROSS JOIN LATERAL inventory.last_seen(o.office_id, 'infinity'::timestamptz) AS s
    INNER JOIN inventory.stock AS k ON o.office_id = k.office_id AND s.product_id = k.product_id
    GROUP BY k.product_id
)

SELECT
    i.product_id,
    p.name AS product_name,
    b.name AS brand,
    g.name AS category,
    p.measurement,
    p.product_id IS NOT NULL AS is_in_catalogue,
    s.first_seen_at,
    greatest(p.observed_at, s.last_seen_at) AS last_seen_at
FROM (
    SELECT c.product_id FROM inventory.product AS c
    UNION
    SELECT k.product_id FROM inventory.stock AS k
) AS i
LEFT JOIN inventory.product AS p ON i.product_id = p.product_id
LEFT JOIN inventory.brand AS b ON p.brand_id = b.brand_id
LEFT JOIN inventory.category AS g ON p.category_id = g.category_id
LEFT JOIN stocked AS s ON i.product_id = s.product_id;

COMMENT ON VIEW mart.product IS 'Dimension: every product of the catalogue, and every product that was ever seen in stock, with current names.';
COMMENT ON COLUMN mart.product.product_id IS 'Id of the product in the API.';
COMMENT ON COLUMN mart.product.product_name IS 'Its current name; NULL where the catalogue does not name it.';
COMMENT ON COLUMN mart.product.brand IS 'Current name of its brand.';
COMMENT ON COLUMN mart.product.category IS 'Current name of its category.';
COMMENT ON COLUMN mart.product.measurement IS 'unit, unit_range, weight or weight_range, by the catalogue. The measurement of a quantity stands beside it in each mart.';
COMMENT ON COLUMN mart.product.is_in_catalogue IS 'Whether a list of products ever named it.';
COMMENT ON COLUMN mart.product.first_seen_at IS 'When an office was first seen to list it; NULL where none ever did.';
COMMENT ON COLUMN mart.product.last_seen_at IS 'When the catalogue last named it, an office was last seen to hold it, or its last stock was seen to be gone.';
