-- Compares the export, tag by tag, with the packages that had stock at its time.
WITH run AS (
    SELECT r.*
    FROM inventory.metrc_reconciliation AS r
    WHERE r.reconciliation_id = %(reconciliation_id)s
),

-- Offices with licences, none of which is in the export: it does not cover their packages.
elsewhere AS (
    SELECT coalesce(array_agg(o.office_id), '{}') AS office_ids
    FROM inventory.office AS o
    CROSS JOIN run AS r
    WHERE
        coalesce(o.medical_license, o.adult_use_license) IS NOT NULL
        AND o.office_id <> ALL(r.office_ids)
),

export AS (
    SELECT s.tag, s.item, s.quantity, s.unit, s.license, coalesce(u.unit, lower(s.unit)) AS unit_meant
    FROM staged_metrc AS s
    LEFT JOIN inventory.metrc_unit AS u ON lower(s.unit) = u.name
    WHERE s.reason IS NULL
),

-- The API returns the tag as a person typed it; the export has tags in capitals, without surrounding spaces.
tagged AS NOT MATERIALIZED (
    SELECT v.*, upper(btrim(v.uid, E' \t\r\n\u00A0')) AS tag
    FROM inventory.package_version AS v
),

-- Of several packages with one tag, the one with the highest id is compared.
held AS (
    SELECT DISTINCT ON (v.tag)
        v.*,
        coalesce(u.unit, lower(v.available_unit)) AS unit_meant,
        count(*) OVER (PARTITION BY v.tag) AS packages,
        -- True where the export, if it lacks the tag, should have it.
        bool_or(
            v.tag ~ '^1A4[0-9A-Z]{21}$'
            AND (
                r.office_ids IS NULL
                OR (v.available_in_office && r.office_ids AND NOT v.available_in_office && e.office_ids)
            )
        ) OVER (PARTITION BY v.tag) AS is_expected
    FROM tagged AS v
    CROSS JOIN run AS r
    CROSS JOIN elsewhere AS e
    LEFT JOIN inventory.metrc_unit AS u ON lower(v.available_unit) = u.name
    WHERE
        v.valid_from <= r.exported_at AND (v.valid_to > r.exported_at OR v.valid_to IS NULL)
        AND NOT v.is_empty AND v.tag IS NOT NULL
    ORDER BY v.tag, v.package_id DESC
),

-- Tags without stock here: the last version at or before the export, or else the first one after it. A join over all
-- versions, because no index has tags in this form.
other AS (
    SELECT DISTINCT ON (v.tag)
        v.tag,
        v.package_id,
        v.product_id,
        v.valid_from,
        v.valid_from <= r.exported_at AS was_known
    FROM tagged AS v
    INNER JOIN export AS m ON v.tag = m.tag
    CROSS JOIN run AS r
    WHERE NOT EXISTS (SELECT FROM held AS h WHERE h.tag = v.tag)
    ORDER BY
        v.tag,
        v.valid_from <= r.exported_at DESC,
        CASE WHEN v.valid_from <= r.exported_at THEN v.valid_from END DESC,
        v.valid_from ASC,
        v.package_id DESC
),

remembered AS (
    SELECT
        o.tag,
        o.package_id,
        o.product_id,
        o.was_known,
        i.available_quantity AS quantity,
        i.available_unit AS unit,
        i.available_in_office,
        i.valid_from,
        i.observed_at,
        CASE
            WHEN NOT o.was_known THEN 'first seen later'
            WHEN i.package_id IS NULL THEN 'no longer known to the API'
            WHEN coalesce(i.tag, '') <> o.tag THEN 'tagged otherwise since'
            ELSE 'used up'
        END AS note
    FROM other AS o
    CROSS JOIN run AS r
    LEFT JOIN tagged AS i
        ON
            o.package_id = i.package_id
            AND r.exported_at >= i.valid_from AND (r.exported_at < i.valid_to OR i.valid_to IS NULL)
),

compared AS (
    SELECT
        coalesce(m.tag, h.tag) AS tag,
        m.item,
        m.license,
        m.quantity AS metrc_quantity,
        m.unit AS metrc_unit,
        h.packages,
        coalesce(h.package_id, p.package_id) AS package_id,
        coalesce(h.product_id, p.product_id) AS product_id,
        coalesce(h.available_quantity, p.quantity) AS quantity,
        coalesce(h.available_unit, p.unit) AS unit,
        coalesce(h.available_in_office, p.available_in_office) AS available_in_office,
        coalesce(h.valid_from, p.valid_from) AS valid_from,
        coalesce(h.observed_at, p.observed_at) AS observed_at,
        p.note,
        CASE
            -- Nothing is left, neither in Metrc nor here.
            WHEN h.tag IS NULL AND m.quantity = 0 AND p.was_known THEN NULL
            WHEN h.tag IS NULL THEN 'missing_here'
            WHEN m.tag IS NULL THEN 'missing_in_metrc'
            WHEN h.available_quantity IS NULL THEN 'quantity_unknown_here'
            WHEN coalesce(h.unit_meant, '') <> m.unit_meant THEN 'unit_differs'
            WHEN
                abs(m.quantity - h.available_quantity)
                > r.tolerance * greatest(abs(m.quantity), abs(h.available_quantity))
                THEN 'quantity_differs'
        END AS kind
    FROM export AS m
    FULL JOIN held AS h ON m.tag = h.tag
    CROSS JOIN run AS r
    LEFT JOIN remembered AS p ON m.tag = p.tag
    WHERE
        m.tag IS NOT NULL
        -- A bad row with a readable tag still shows that Metrc has the package.
        OR (h.is_expected AND NOT EXISTS (SELECT FROM staged_metrc AS s WHERE s.tag = h.tag))
),

found AS (
    SELECT
        c.*,
        c.kind AS found_kind,
        CASE WHEN c.kind = 'missing_here' THEN coalesce(c.note, 'never seen') END AS remark
    FROM compared AS c
    WHERE c.kind IS NOT NULL
    UNION ALL
    SELECT c.*, 'tag_not_unique', c.packages || ' packages'
    FROM compared AS c
    WHERE c.packages > 1
)

INSERT INTO inventory.metrc_difference (
    reconciliation_id, tag, kind, note, facility_license, item, metrc_quantity, metrc_unit, package_id, product_id,
    quantity, unit, available_in_office, observed_at
)
SELECT
    r.reconciliation_id,
    f.tag,
    f.found_kind,
    f.remark,
    coalesce(
        f.license,
        (
            SELECT min(l.license)
            FROM inventory.office AS o
            CROSS JOIN LATERAL (VALUES (upper(o.medical_license)), (upper(o.adult_use_license))) AS l (license)
            WHERE f.found_kind = 'missing_in_metrc' AND o.office_id = ANY(f.available_in_office)
                AND l.license = ANY(r.licenses)
        )
    ),
    f.item,
    f.metrc_quantity,
    f.metrc_unit,
    f.package_id,
    f.product_id,
    f.quantity,
    f.unit,
    f.available_in_office,
    -- Where the version was seen again after the export, the last time before the export counts.
    CASE
        WHEN f.observed_at <= r.exported_at THEN f.observed_at
        ELSE coalesce(
            (
                SELECT s.observed_at
                FROM inventory.package_presence AS s
                WHERE
                    s.observed_at BETWEEN f.valid_from AND r.exported_at
                    AND s.package_ids @> ARRAY[f.package_id]
                ORDER BY s.observed_at DESC
                LIMIT 1
            ),
            f.valid_from
        )
    END
FROM found AS f
CROSS JOIN run AS r;
