-- Moves the watermark to the first page of a complete pull that started at or before it, so that no gap is left.
INSERT INTO ops.watermark AS w (stream, reached_at, pull_id)
VALUES ('updated', %(first_page_at)s, %(pull_id)s)
ON CONFLICT (stream) DO UPDATE SET reached_at = excluded.reached_at, pull_id = excluded.pull_id
WHERE %(since)s <= w.reached_at AND w.reached_at < excluded.reached_at;
