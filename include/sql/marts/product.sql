CREATE OR REPLACE VIEW mart.product AS
-- Products of the catalogue, and products in stock that the catalogue does not list.
WITH stocked AS (
    SELECT
        k.product_id,
        -- Leads the key of the change log: one index scan per office.
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

COMMENT ON VIEW mart.product IS 'One row per product that the catalogue ever listed or that was ever in stock. Dimension, with current names.';
COMMENT ON COLUMN mart.product.product_id IS 'Id of the product.';
COMMENT ON COLUMN mart.product.product_name IS 'Current name of the product; NULL where the catalogue does not list it.';
COMMENT ON COLUMN mart.product.brand IS 'Current name of the brand.';
COMMENT ON COLUMN mart.product.category IS 'Current name of the category.';
COMMENT ON COLUMN mart.product.measurement IS 'unit, unit_range, weight, weight_range or any other text, from the catalogue. For the unit of a quantity, use the measurement beside it in each mart.';
COMMENT ON COLUMN mart.product.is_in_catalogue IS 'True where a list of products ever included the product.';
COMMENT ON COLUMN mart.product.first_seen_at IS 'Time at which the product was first seen in the stock of an office; NULL if never.';
COMMENT ON COLUMN mart.product.last_seen_at IS 'Latest time at which the catalogue listed the product, an office held it, or its last stock was seen to be gone.';
