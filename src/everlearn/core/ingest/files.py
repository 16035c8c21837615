"""Reads files of items, a part at a time, and writes each part in a transaction of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from everlearn.core.errors import Invalid
from everlearn.core.ingest import arrow, bodies
from everlearn.core.ingest.batch import Batch, Ingested
from everlearn.core.ingest.errors import UnknownFormat
from everlearn.core.ingest.loading import load
from everlearn.core.ingest.shape import Shape
from everlearn.core.tx import Tx

PART = 10_000
#: Endings of files that can be loaded.
ENDINGS = (".ndjson", ".jsonl", ".json", ".csv", ".parquet", ".arrow", ".arrows", ".feather")


def load_file(
    transaction: Callable[[], AbstractContextManager[Tx]],
    shape: Shape,
    path: Path,
    write: Callable[[Tx, Any], Ingested],
    *,
    all_or_nothing: bool = False,
    writers: int = 1,
    progress: Callable[[float], None] = lambda _: None,
) -> Ingested:
    """Load a file of items: NDJSON, JSON, CSV, Parquet or Arrow, by its ending.

    Args:
        transaction: opens a transaction; called by several threads. What a part of the file wrote
            is there from then on, so that a file that turns out wrong in the middle can be loaded
            again.
        shape: of the items.
        path: the file.
        write: the module's ingest, given a batch or an iterator of batches.
        all_or_nothing: load the whole file in one transaction, or nothing of it.
        writers: parts that are written at the same time, where it is all the same which is first.
        progress: told, after each part, the share of the file that has been read.

    Raises:
        ItemsRefused: an item is refused and `all_or_nothing` is asked for.
        Invalid: the file is not what its ending says.
        UnknownFormat: the ending is none of `ENDINGS`, or pyarrow is needed and not installed.
    """
    parts = _parts(shape, path)
    if all_or_nothing:
        with transaction() as tx:
            return write(tx, _told(parts, progress))
    shares: deque[float] = deque()
    return load(
        transaction,
        shape,
        _noted(parts, shares),
        write,
        writers=writers,
        progress=lambda _: progress(shares.popleft()),
    )


def _told(
    parts: Iterator[tuple[Batch, float]], progress: Callable[[float], None]
) -> Iterator[Batch]:
    for part, share in parts:
        yield part
        progress(share)


def _noted(parts: Iterator[tuple[Batch, float]], shares: deque[float]) -> Iterator[Batch]:
    for part, share in parts:
        shares.append(share)
        yield part


def _parts(shape: Shape, path: Path) -> Iterator[tuple[Batch, float]]:
    """Give the parts of a file, each with the share of the file that ends with it."""
    ending = path.suffix.lower()
    if ending == ".json":
        yield bodies.read_json(shape, path.read_bytes()), 1.0
    elif ending in {".ndjson", ".jsonl"}:
        size, read = path.stat().st_size, 0
        with path.open("rb") as file:
            while lines := list(islice(file, PART)):
                read += sum(map(len, lines))
                yield bodies.read_lines(shape, b"".join(lines)), read / size
    elif ending in ENDINGS:
        for table, share in _tables(shape, path, ending):
            for batch in arrow.read_table(shape, table, PART):
                yield batch, share
    else:
        msg = f"a file of {shape.plural} ends with one of {', '.join(ENDINGS)}"
        raise UnknownFormat(msg, field="FILE", got=path.name)


def _tables(shape: Shape, path: Path, ending: str) -> Iterator[tuple[Any, float]]:
    pa = arrow.library()
    try:
        if ending == ".parquet":
            parquet = import_module("pyarrow.parquet")
            with parquet.ParquetFile(path) as file:
                rows, read = file.metadata.num_rows, 0
                for batch in file.iter_batches(PART):
                    read += batch.num_rows
                    yield pa.Table.from_batches([batch]), read / rows
            return
        size = path.stat().st_size
        if ending == ".csv":
            yield from _csv(pa, shape, path, size)
            return
        with path.open("rb") as file:
            is_file = file.read(6) == b"ARROW1"  # else a stream, which has no such mark
            file.seek(0)
            if is_file:
                reader = pa.ipc.open_file(file)
                for i in range(reader.num_record_batches):
                    share = (i + 1) / reader.num_record_batches
                    yield pa.Table.from_batches([reader.get_batch(i)]), share
            else:
                for batch in pa.ipc.open_stream(file):
                    yield pa.Table.from_batches([batch]), file.tell() / size
    except (pa.ArrowException, OSError) as error:
        msg = f"the file cannot be read: {str(error)[:200]}"
        raise Invalid(msg, field="FILE") from error


def _csv(pa: Any, shape: Shape, path: Path, size: int) -> Iterator[tuple[Any, float]]:
    """Read a CSV whose first line names the fields; an empty cell says nothing."""
    csv = import_module("pyarrow.csv")
    types = {
        "number": pa.float64(),
        "integer": pa.int64(),
        "flag": pa.bool_(),
        "time": pa.timestamp("us", "UTC"),
    }
    given = {each.name: types.get(each.kind, pa.string()) for each in shape.fields}
    how = csv.ConvertOptions(column_types=given, strings_can_be_null=True)
    with path.open("rb") as file, csv.open_csv(file, convert_options=how) as reader:
        yield pa.Table.from_batches([], reader.schema), 0.0  # names are looked at without rows too
        for batch in reader:
            yield pa.Table.from_batches([batch]), min(1.0, file.tell() / size)
