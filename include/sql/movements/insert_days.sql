-- Derives movements per business day from the change log, for the due products and a span of days. Materialized, so
-- that the quantity before is computed once per change.
WITH moved AS MATERIALIZED (
    SELECT
        c.office_id,
        c.product_id,
        (c.observed_at AT TIME ZONE d.time_zone)::date AS business_date,
        c.observed_at,
        c.measurement,
        c.quantity,
        CASE
            WHEN c.reason <> 'first_seen' THEN c.previous_quantity
            -- The product is new in the office only where an earlier complete pull neither listed nor quarantined it.
            -- If such a pull had listed it, this would not be its first observation. In this order, by key: EXISTS
            -- could scan the ledger from its start for each change.
            WHEN (
                SELECT true
                FROM ops.pull AS p
                WHERE
                    p.kind = 'office' AND p.office_id = c.office_id AND p.status = 'complete'
                    AND p.first_page_at < c.observed_at AND p.last_page_at < c.observed_at
                    AND NOT EXISTS (
                        SELECT
                        FROM ops.quarantine AS q
                        WHERE
                            q.pull_id = p.pull_id AND q.counted
                            AND q.office_id = c.office_id AND q.product_id = c.product_id
                    )
                ORDER BY p.first_page_at
                LIMIT 1
            ) THEN 0
        END AS quantity_before
    FROM due_movement AS d
    INNER JOIN inventory.stock_change AS c
        ON d.office_id = c.office_id AND d.product_id = c.product_id AND d.from_at <= c.observed_at
    WHERE
        (c.previous_quantity IS NULL OR c.quantity <> c.previous_quantity)
        -- A business day, in any time zone, starts and ends less than a day from the UTC day: this prunes partitions.
        AND c.observed_at >= (%(first_day)s::date - 1)::timestamp AT TIME ZONE 'UTC'
        AND c.observed_at < (%(end_day)s::date + 1)::timestamp AT TIME ZONE 'UTC'
)

INSERT INTO inventory.daily_movement (
    office_id, product_id, business_date, measurement, opening, increase, depletion, closing
)
SELECT
    m.office_id,
    m.product_id,
    m.business_date,
    m.measurement,
    -- Where a series starts within the day, no single quantity before the day explains all of its changes.
    CASE WHEN bool_and(m.quantity_before IS NOT NULL) THEN (array_agg(m.quantity_before ORDER BY m.observed_at))[1] END,
    coalesce(sum(m.quantity - m.quantity_before) FILTER (WHERE m.quantity > m.quantity_before), 0),
    coalesce(sum(m.quantity_before - m.quantity) FILTER (WHERE m.quantity < m.quantity_before), 0),
    (array_agg(m.quantity ORDER BY m.observed_at DESC))[1]
FROM moved AS m
WHERE m.business_date >= %(first_day)s AND m.business_date < %(end_day)s
GROUP BY m.office_id, m.product_id, m.business_date, m.measurement;
