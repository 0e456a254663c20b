-- Returns the columns of every view and function of mart, in their order. Columns of a function cannot have a COMMENT.
SELECT
    c.relname AS object_name,
    a.attname AS column_name,
    format_type(a.atttypid, a.atttypmod) AS data_type,
    coalesce(col_description(c.oid, a.attnum), '') AS description,
    a.attnum::integer AS place
FROM pg_class AS c
INNER JOIN pg_attribute AS a ON c.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'mart'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p')
UNION ALL
SELECT
    p.proname AS object_name,
    t.column_name,
    format_type(t.type_id, NULL) AS data_type,
    '' AS description,
    t.place::integer AS place
FROM pg_proc AS p
CROSS JOIN LATERAL unnest(p.proargnames, p.proallargtypes, p.proargmodes)
    WITH ORDINALITY AS t (column_name, type_id, mode, place)
WHERE p.pronamespace = 'mart'::regnamespace AND t.mode = 't'
ORDER BY 1, 5;
