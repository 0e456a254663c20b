-- Inserts the products of each page of the read that counts.
INSERT INTO inventory.page_presence (office_id, observed_at, pull_id, page, product_ids)
SELECT s.office_id, s.observed_at, %(pull_id)s::bigint, s.page, array_agg(s.product_id ORDER BY s.product_id)
FROM staged_item AS s
WHERE s.read = %(read)s
GROUP BY s.office_id, s.observed_at, s.page;
