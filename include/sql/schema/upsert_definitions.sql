-- Records the digest of the file that defined each function and view, and deletes those that are gone.
WITH gone AS (
    DELETE FROM ops.definition AS d
    WHERE d.name = ANY(%(removed)s)
)

INSERT INTO ops.definition AS d (name, digest)
SELECT f.name, f.digest
FROM unnest(%(names)s::text[], %(digests)s::text[]) AS f (name, digest)
ON CONFLICT (name) DO UPDATE SET digest = excluded.digest, applied_at = now();
