CREATE OR REPLACE VIEW inventory.empty_days AS
WITH span AS MATERIALIZED (SELECT w.* FROM inventory.supply_window AS w),

known AS MATERIALIZED (
    SELECT s.office_id, inventory.business_day_end(s.office_id, p.snapshot_date - 1) AS day_start, p.day_end
    FROM span AS s
    INNER JOIN ops.publication AS p
        ON s.office_id = p.office_id AND p.snapshot_date BETWEEN s.first_day AND s.last_day
    WHERE p.basis <> 'missing'
),

-- Changes from or to an empty stock. The others, which are most of them, do not matter here.
touching AS (
    SELECT
        c.office_id,
        c.product_id,
        c.observed_at,
        c.quantity <= 0 AS is_empty,
        c.previous_quantity <= 0 AS was_empty,
        max(c.observed_at) FILTER (WHERE c.previous_quantity IS NULL)
            OVER (PARTITION BY c.office_id, c.product_id) AS begun_at,
        row_number() OVER (PARTITION BY c.office_id, c.product_id ORDER BY c.observed_at) AS number
    FROM span AS s
    INNER JOIN inventory.stock_change AS c
        ON s.office_id = c.office_id AND s.start_at <= c.observed_at
    WHERE
        (c.quantity <= 0 OR c.previous_quantity <= 0 OR c.previous_quantity IS NULL)
        -- Limits the scan to the partitions of the window.
        AND c.observed_at >= ops.clock() - make_interval(days => ops.setting('supply_window_days')::integer + 2)
),

-- Where the first change starts from an empty stock, the product was out of stock since before the window.
turn AS (
    SELECT
        t.office_id,
        t.product_id,
        t.begun_at,
        CASE WHEN t.number = 1 AND t.was_empty THEN '-infinity' ELSE t.observed_at END AS start_at,
        CASE
            WHEN t.is_empty
                THEN coalesce(
                    lead(t.observed_at) OVER (PARTITION BY t.office_id, t.product_id ORDER BY t.observed_at),
                    'infinity'
                )
            ELSE t.observed_at
        END AS end_at
    FROM touching AS t
    WHERE t.number = 1 OR t.is_empty IS DISTINCT FROM t.was_empty
)

SELECT
    t.office_id,
    t.product_id,
    count(n.day_end) AS days
FROM turn AS t
LEFT JOIN known AS n
    ON
        t.office_id = n.office_id
        AND t.start_at <= n.day_start AND t.end_at >= n.day_end
        AND coalesce(t.begun_at, '-infinity') < n.day_end
GROUP BY t.office_id, t.product_id;

COMMENT ON VIEW inventory.empty_days IS 'One row per office and product that ran out or came back in the window of inventory.supply_window. Other products were in stock on all days of the window, or on none.';
COMMENT ON COLUMN inventory.empty_days.office_id IS 'Id of the office.';
COMMENT ON COLUMN inventory.empty_days.product_id IS 'Id of the product.';
COMMENT ON COLUMN inventory.empty_days.days IS 'Number of known days of the window on which the office had no stock of the product from start to end, since the series of the product began.';
