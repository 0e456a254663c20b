-- Returns the name of a product; no row where the catalogue does not list it.
SELECT p.name
FROM inventory.product AS p
WHERE p.product_id = %(product_id)s;
