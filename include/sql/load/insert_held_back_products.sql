-- Stores with a held-back pull how many products had stock, and which of them it would make vanish: what a person needs
-- to decide about it. Staging, which they come from, is emptied at the end of the transaction.
WITH held_back AS (
    UPDATE ops.pull AS p
    SET products_with_stock = %(products_with_stock)s
    WHERE p.pull_id = %(pull_id)s
    RETURNING p.pull_id, p.office_id
)

INSERT INTO ops.held_back_product (office_id, pull_id, product_id)
SELECT h.office_id, h.pull_id, vanishing.product_id
FROM held_back AS h
CROSS JOIN unnest(%(product_ids)s::bigint[]) AS vanishing (product_id);
