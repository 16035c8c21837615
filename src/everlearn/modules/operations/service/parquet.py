"""Rows of a table as a Parquet file and back, in batches.

How the table's columns lie in the file is chosen from its first rows (`forms`), and so is each
column's encoding: by writing some of them in every one that fits its type. The layout is in the
file's own metadata too, under the key `everlearn`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from psycopg import sql

from everlearn.modules.operations.service import forms
from everlearn.modules.operations.service.columns import ROWS, Column, arrow, read_batches
from everlearn.modules.operations.service.forms import Layout

if TYPE_CHECKING:
    from everlearn.core.tx import Tx

LEVEL = 9
_SAMPLE = 4_000
#: Fewer bytes are not worth a search for the best encoding.
_TRIED_FROM = 1 << 20
_TRIED = 40_000
_DICTIONARY = "dictionary"


def write(
    tx: Tx, path: Path, columns: Sequence[Column], rows: sql.Composable, *, clock: str
) -> Layout:
    """Write rows into a file; give its layout.

    Args:
        tx: transaction; the rows are read through it, a batch at a time.
        path: file to write.
        columns: of the table.
        rows: the query from FROM on; rows are called `t` and come in order.
        clock: the column that tells a row's age.
    """
    lib = arrow()
    some = sql.SQL("FROM (SELECT * {} LIMIT {}) t").format(rows, sql.Literal(_SAMPLE))
    sampled = list(read_batches(tx, [forms.sample_pick(each) for each in columns], some))
    layout = forms.choose(columns, lib.concat_tables(sampled), clock)
    writer = None
    try:
        for batch in read_batches(tx, forms.picks(columns, layout), rows):
            table = lib.table(forms.encode(batch, columns, layout))
            if writer is None:
                writer = open_writer(path, table, layout)
            writer.write_table(table, row_group_size=ROWS)
    finally:
        if writer is not None:
            writer.close()
    return layout


def open_writer(path: Path, first: Any, layout: Layout) -> Any:
    """Begin a file; how its columns are encoded is chosen from the first rows.

    Args:
        path: file to write.
        first: the first rows, as the columns of the file.
        layout: how these make the table's.
    """
    lib = arrow()
    told = json.dumps({"format": forms.FORMAT, "columns": layout})
    schema = first.schema.with_metadata({"everlearn": told})
    chosen = _encodings(lib, first)
    return lib.parquet.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=LEVEL,
        use_dictionary=[leaf for leaf, name in chosen.items() if name == _DICTIONARY],
        column_encoding={leaf: name for leaf, name in chosen.items() if name != _DICTIONARY},
    )


def _encodings(lib: Any, table: Any) -> dict[str, str]:
    """Choose each column's encoding: the one that takes the fewest bytes for some rows."""
    found = {}
    for field in table.schema:
        type_, leaf = _leaf(lib, field)
        names = _fitting(lib, type_)
        if table.nbytes >= _TRIED_FROM:
            column = table.select([field.name]).slice(0, _TRIED)
            names.sort(key=lambda name: _size(lib, column, leaf, name))
        found[leaf] = names[0]
    return found


def _leaf(lib: Any, field: Any) -> tuple[Any, str]:
    type_, leaf = field.type, field.name
    while lib.types.is_list(type_):
        type_, leaf = type_.value_type, f"{leaf}.list.element"
    if isinstance(type_, lib.BaseExtensionType):
        type_ = type_.storage_type
    return type_, leaf


def _fitting(lib: Any, type_: Any) -> list[str]:
    """Give the encodings of a type that every reader knows, DuckDB included."""
    kinds = lib.types
    if kinds.is_boolean(type_):
        return ["PLAIN"]
    if kinds.is_float32(type_) or kinds.is_float64(type_):
        return [_DICTIONARY, "BYTE_STREAM_SPLIT", "PLAIN"]
    if kinds.is_integer(type_) or kinds.is_temporal(type_):
        return [_DICTIONARY, "DELTA_BINARY_PACKED", "PLAIN"]
    if kinds.is_string(type_):
        return [_DICTIONARY, "DELTA_BYTE_ARRAY", "PLAIN"]
    return [_DICTIONARY, "PLAIN"]


def _size(lib: Any, column: Any, leaf: str, name: str) -> int:
    sink = lib.BufferOutputStream()
    own = name == _DICTIONARY
    lib.parquet.write_table(
        column,
        sink,
        compression="zstd",
        use_dictionary=[leaf] if own else False,
        column_encoding=None if own else {leaf: name},
    )
    return int(sink.getvalue().size)


def read(
    path: Path, columns: Sequence[Column], layout: Layout | None, *, tenant: str
) -> Iterator[bytes]:
    """Give a file's rows, the generated columns left out, as CSV for COPY.

    Args:
        path: of the file.
        columns: of the table, those that the file does not know left out.
        layout: of the file; None when it is of before there were any.
        tenant: whose rows they are.
    """
    lib = arrow()
    options = lib.csv.WriteOptions(include_header=False, quoting_style="all_valid")
    with lib.parquet.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS):
            texts = forms.decode(batch, columns, layout, tenant)
            sink = lib.BufferOutputStream()
            lib.csv.write_csv(lib.table(texts), sink, options)
            yield sink.getvalue().to_pybytes()


def known(path: Path, layout: Layout | None) -> set[str]:
    """Give the columns of the table that a file knows: later ones are not in it."""
    if layout is not None:
        return set(layout)
    return set(arrow().parquet.read_schema(path).names)
