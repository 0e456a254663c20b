-- Restores a body from its difference to another one, as warehouse/responses.py computes it: a stream of DEFLATE (RFC
-- 1951) for every 16,384 bytes of the body, with the other body around the same place as its dictionary. PostgreSQL has
-- function for DEFLATE. Only the two kinds of blocks that zlib writes with Z_FIXED are read.
CREATE OR REPLACE FUNCTION raw.inflate(difference bytea, base bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    -- With zeros behind, so that more can be read near the end than there is.
    bytes constant bytea := difference || '\x000000';
    -- In the order of DEFLATE: from the lowest bit of each byte on.
    bits constant bit varying := (
        SELECT string_agg(reverse(get_byte(bytes, i)::bit(8)::text), '' ORDER BY i)
        FROM generate_series(0, octet_length(bytes) - 1) AS i
    );
    place integer := 0;
    body bytea := '';
    first integer;
    known bytea;
    start integer;
    is_last boolean;
    kind bit varying;
    code integer;
    extra integer;
    size integer;
    distance integer;
    piece bytea;
BEGIN
    WHILE place < 8 * octet_length(difference) LOOP
        first := greatest(octet_length(body) - 8192, 0);
        known := substring(base, first + 1, octet_length(body) + 24576 - first);
        start := octet_length(known);
        LOOP
            is_last := get_bit(bytes, place) = 1;
            kind := substring(bits, place + 2, 2);
            place := place + 3;
            IF kind = B'00' THEN
                -- Bytes as they are, from the next whole byte on: their number, its complement, and the bytes.
                place := (place + 7) / 8;
                size := get_byte(bytes, place) + 256 * get_byte(bytes, place + 1);
                known := known || substring(bytes, place + 5, size);
                place := 8 * (place + 4 + size);
            ELSIF kind <> B'10' THEN
                RAISE EXCEPTION 'raw.inflate cannot read a block with codes of its own';
            END IF;
            WHILE kind = B'10' LOOP
                -- A fixed code has 7 to 9 bits, from the highest on. It is a byte (0 to 255), the end of the block
                -- (256), or the size of a piece to copy (257 to 285).
                code := substring(bits, place + 1, 9)::integer;
                IF code < 96 THEN
                    code := code / 4 + 256;
                    place := place + 7;
                ELSIF code < 400 THEN
                    code := code / 2 + CASE WHEN code < 384 THEN -48 ELSE 88 END;
                    place := place + 8;
                ELSE
                    code := code - 256;
                    place := place + 9;
                END IF;
                EXIT WHEN code = 256;
                IF code < 256 THEN
                    known := known || set_byte('\x00', 0, code);
                    CONTINUE;
                END IF;
                -- Of a size, and of a distance, the code has the highest bits; the others follow, from the lowest on.
                code := code - 257;
                extra := CASE WHEN code BETWEEN 4 AND 27 THEN code / 4 - 1 ELSE 0 END;
                size := CASE
                    WHEN code < 4 THEN 3 + code
                    WHEN code = 28 THEN 258
                    ELSE 3 + ((4 + code % 4) << extra)
                END + ((
                    get_byte(bytes, place / 8) + 256 * get_byte(bytes, place / 8 + 1)
                    + 65536 * get_byte(bytes, place / 8 + 2)
                ) >> place % 8 & ((1 << extra) - 1));
                place := place + extra;
                code := substring(bits, place + 1, 5)::integer;
                place := place + 5;
                extra := greatest(code / 2 - 1, 0);
                distance := CASE WHEN code < 4 THEN 1 + code ELSE 1 + ((2 + code % 2) << extra) END
                    + ((
                    get_byte(bytes, place / 8) + 256 * get_byte(bytes, place / 8 + 1)
                    + 65536 * get_byte(bytes, place / 8 + 2)
                ) >> place % 8 & ((1 << extra) - 1));
                place := place + extra;
                -- A piece that reaches into itself repeats its beginning.
                piece := substring(known, octet_length(known) - distance + 1, size);
                WHILE octet_length(piece) < size LOOP
                    piece := piece || piece;
                END LOOP;
                known := known || substring(piece, 1, size);
            END LOOP;
            EXIT WHEN is_last;
        END LOOP;
        body := body || substring(known, start + 1);
        place := (place + 7) / 8 * 8;
    END LOOP;
    RETURN body;
END;
$$;
COMMENT ON FUNCTION raw.inflate(bytea, bytea) IS 'Restores a body from its difference to another body, both as raw.stored_response has them.';
