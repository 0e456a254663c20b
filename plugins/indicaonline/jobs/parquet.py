"""Writes rows that PostgreSQL copied as CSV to a Parquet file, in bounded memory. Needs pyarrow, which is optional."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import csv

ROWS = 1 << 18
"""Rows of a row group: as many as are in memory."""

BLOCK = 1 << 22
"""Bytes of CSV that are parsed at a time; a row fits in."""

LEVEL = 9
"""Of zstd: files are written once and read often."""

TYPES = {
    "bigint": pa.int64(),
    "bigint[]": pa.list_(pa.int64()),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "integer": pa.int32(),
    "jsonb": pa.string(),
    "jsonb[]": pa.string(),
    "text": pa.string(),
    "text[]": pa.list_(pa.string()),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
}
"""The Arrow type of each PostgreSQL type. Numbers and intervals are decimals: never floats, which are not exact."""


class UnfitNumberError(ValueError):
    """A number has more digits than the file can hold."""


def write_parquet(rows: Iterator[bytes], columns: Mapping[str, str], decimals: int, path: Path) -> int:
    """Write rows to a Parquet file; returns their number.

    ``rows`` is CSV without a header, in chunks; ``columns`` are the PostgreSQL types by name. Numbers get ``decimals``
    digits after the point, of 38 in all. Raises :class:`UnfitNumberError` for a number with more.
    """
    number = pa.decimal128(38, decimals)
    schema = pa.schema([(name, TYPES.get(kind, number)) for name, kind in columns.items()])
    count = 0
    with pq.ParquetWriter(path, schema, compression="zstd", compression_level=LEVEL) as writer:
        for table in _row_groups(_batches(_Chunks(rows), schema), schema):
            writer.write_table(table)
            count += table.num_rows
    return count


def _batches(chunks: _Chunks, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    # pyarrow's reader refuses a file without rows.
    if not chunks.has_rows:
        return
    lists = {field.name: pa.string() for field in schema if pa.types.is_list(field.type)}
    options = csv.ConvertOptions(
        column_types={field.name: field.type for field in schema} | lists,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["t"],
        false_values=["f"],
    )
    try:
        with csv.open_csv(
            chunks,
            csv.ReadOptions(column_names=schema.names, block_size=BLOCK),
            csv.ParseOptions(newlines_in_values=True),
            options,
        ) as reader:
            for batch in reader:
                yield _with_lists(batch, schema, lists)
    except pa.ArrowInvalid as error:
        if "decimal" not in str(error).lower():
            raise
        # Raised without the cause, whose message quotes the value.
        raise UnfitNumberError from None


def _with_lists(batch: pa.RecordBatch, schema: pa.Schema, names: Mapping[str, object]) -> pa.RecordBatch:
    """Return a batch with lists in place of their JSON."""
    columns = batch.columns
    for place in map(schema.get_field_index, names):
        # Few lists differ, so each is parsed once.
        texts = columns[place].dictionary_encode()
        lists = pa.array([json.loads(text) for text in texts.dictionary.to_pylist()], schema.field(place).type)
        columns[place] = lists.take(texts.indices)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _row_groups(batches: Iterator[pa.RecordBatch], schema: pa.Schema) -> Iterator[pa.Table]:
    pending: list[pa.RecordBatch] = []
    for batch in batches:
        pending.append(batch)
        if sum(each.num_rows for each in pending) >= ROWS:
            yield pa.Table.from_batches(pending, schema)
            pending = []
    if pending:
        yield pa.Table.from_batches(pending, schema)


class _Chunks(io.RawIOBase):
    """A file of the chunks that PostgreSQL sends, one for each row."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = next(chunks, b"")
        self.has_rows = bool(self._rest)

    def readable(self) -> bool:
        """Return True: pyarrow asks."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most ``size``; none at the end."""
        parts, length = [self._rest], len(self._rest)
        while length < size and (chunk := next(self._chunks, None)) is not None:
            parts.append(chunk)
            length += len(chunk)
        whole = b"".join(parts)
        self._rest = whole[size:]
        return whole[:size]
