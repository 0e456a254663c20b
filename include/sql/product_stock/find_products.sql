-- Returns the products whose name contains a text, in whatever case, the shortest name first. Names in the catalogue
-- only: a product that it does not list has no name.
SELECT p.product_id, p.name
FROM inventory.product AS p
WHERE strpos(lower(p.name), lower(%(fragment)s)) > 0
ORDER BY lower(p.name) <> lower(%(fragment)s), length(p.name), p.product_id
LIMIT %(most)s;
