"""Loads files of events, each part of a file in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import Any

from everlearn.core.errors import Invalid
from everlearn.core.tx import Tx
from everlearn.modules.events.errors import UnknownFormat
from everlearn.modules.events.service import arrow, bodies
from everlearn.modules.events.service.batch import Batch
from everlearn.modules.events.service.ingesting import ingest_batches, summed
from everlearn.modules.events.types import Ingested

PART = 10_000
#: Endings of files that can be loaded.
ENDINGS = (".ndjson", ".jsonl", ".json", ".parquet", ".arrow", ".arrows", ".feather")


def load_file(
    transaction: Callable[[], AbstractContextManager[Tx]],
    path: Path,
    *,
    all_or_nothing: bool = False,
    progress: Callable[[float], None] = lambda _: None,
) -> Ingested:
    """Load a file of events: NDJSON, JSON, Parquet or Arrow, by its ending.

    Args:
        transaction: opens a transaction. What a part of the file wrote is there from then on, so
            that a file that turns out wrong in the middle can be loaded again.
        path: the file.
        all_or_nothing: load the whole file in one transaction, or nothing of it.
        progress: told, after each part, the share of the file that has been read.

    Raises:
        EventsRefused: an event is refused and `all_or_nothing` is asked for.
        Invalid: the file is not what its ending says.
        UnknownFormat: the ending is none of `ENDINGS`, or pyarrow is needed and not installed.
    """
    parts = _parts(path)
    if all_or_nothing:
        with transaction() as tx:
            return ingest_batches(tx, _told(parts, progress), all_or_nothing=True, source="file")
    found: list[Ingested] = []
    read = 0
    for part, share in parts:
        with transaction() as tx:
            done = ingest_batches(tx, [part], all_or_nothing=False, source="file", offset=read)
        found.append(done)
        read += part.size
        progress(share)
    return summed(found)


def _told(
    parts: Iterator[tuple[Batch, float]], progress: Callable[[float], None]
) -> Iterator[Batch]:
    for part, share in parts:
        yield part
        progress(share)


def _parts(path: Path) -> Iterator[tuple[Batch, float]]:
    """Give the parts of a file, each with the share of the file that ends with it."""
    ending = path.suffix.lower()
    if ending == ".json":
        yield bodies.read_json(path.read_bytes()), 1.0
    elif ending in {".ndjson", ".jsonl"}:
        size, read = path.stat().st_size, 0
        with path.open("rb") as file:
            while lines := list(islice(file, PART)):
                read += sum(map(len, lines))
                yield bodies.read_lines(b"".join(lines)), read / size
    elif ending in ENDINGS:
        for table, share in _tables(path, ending):
            for batch in arrow.read_table(table, PART):
                yield batch, share
    else:
        msg = f"a file of events ends with one of {', '.join(ENDINGS)}"
        raise UnknownFormat(msg, field="FILE", got=path.name)


def _tables(path: Path, ending: str) -> Iterator[tuple[Any, float]]:
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
    except pa.ArrowException as error:
        msg = f"the file cannot be read: {str(error)[:200]}"
        raise Invalid(msg, field="FILE") from error
