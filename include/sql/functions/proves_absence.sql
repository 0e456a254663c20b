CREATE OR REPLACE FUNCTION inventory.proves_absence(pull bigint, office bigint, product bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
RETURN NOT EXISTS (
    SELECT
    FROM inventory.page_presence AS s
    INNER JOIN ops.pull AS p ON s.pull_id = p.pull_id
    WHERE
        p.pull_id = pull AND s.office_id = office AND s.product_ids @> ARRAY[product]
        AND s.observed_at BETWEEN p.first_page_at AND p.last_page_at
) AND NOT EXISTS (
    SELECT
    FROM ops.quarantine AS q
    WHERE q.pull_id = pull AND q.counted AND q.office_id = office AND q.product_id = product
);
COMMENT ON FUNCTION inventory.proves_absence(bigint, bigint, bigint) IS 'Returns true where a complete pull, given by its id, neither listed a product of an office nor quarantined it.';
