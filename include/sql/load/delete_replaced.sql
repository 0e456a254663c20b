-- Deletes the part of the change logs that late-arriving observations replace. The bound on first_page_at prunes
-- partitions.
WITH stock_rows AS (
    DELETE FROM inventory.stock_change AS c
    USING late_arriving_product AS l
    WHERE
        c.office_id = l.office_id AND c.product_id = l.product_id
        AND c.observed_at >= l.replay_from AND c.observed_at >= %(first_page_at)s
)

DELETE FROM inventory.package_change AS c
USING late_arriving_product AS l
WHERE
    c.office_id = l.office_id AND c.product_id = l.product_id
    AND c.observed_at >= l.replay_from AND c.observed_at >= %(first_page_at)s;
