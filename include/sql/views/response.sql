-- A response whose base was deleted is not listed, because its body cannot be restored.
CREATE OR REPLACE VIEW raw.response AS
SELECT
    r.response_id,
    r.pull_id,
    r.read,
    r.page,
    r.requested_at,
    r.observed_at,
    r.server_dated,
    coalesce(r.path, b.path) AS path,
    coalesce(r.parameters, b.parameters) AS parameters,
    r.status,
    CASE WHEN r.base_id IS NULL THEN r.body ELSE raw.restore(r.body || b.bodies) END AS body
FROM raw.stored_response AS r
CROSS JOIN LATERAL raw.base(r.base_id, r.subject, r.observed_at) AS b
WHERE r.base_id IS NULL OR b.bodies IS NOT NULL;

COMMENT ON VIEW raw.response IS 'One row per response of the API, as received. Its rows are in raw.stored_response, which has equal bodies once.';
COMMENT ON COLUMN raw.response.response_id IS 'Id of the response; where a page was requested again, the last one counts.';
COMMENT ON COLUMN raw.response.pull_id IS 'Id of the pull, in ops.pull.';
COMMENT ON COLUMN raw.response.read IS 'Number of the read, from 1.';
COMMENT ON COLUMN raw.response.page IS 'Number of the page in the read, from 1. A repeated page is a retry.';
COMMENT ON COLUMN raw.response.requested_at IS 'Time at which the request was sent, by the clock of the worker.';
COMMENT ON COLUMN raw.response.observed_at IS 'Date header of the response; the clock of the worker where there is none.';
COMMENT ON COLUMN raw.response.server_dated IS 'True where observed_at is the Date header.';
COMMENT ON COLUMN raw.response.path IS 'Path of the request, without the host.';
COMMENT ON COLUMN raw.response.parameters IS 'Query parameters of the request.';
COMMENT ON COLUMN raw.response.status IS 'HTTP status.';
COMMENT ON COLUMN raw.response.body IS 'The body, byte for byte. To read it: convert_from(body, ''UTF8'')::jsonb.';
