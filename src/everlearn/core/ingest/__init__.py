"""Many rows at once, from whatever they come as to the database: one way for every module.

A module declares a `Shape` (what an item may say) and writes two small functions: `prepare`, which
completes and checks a batch (ids, times, look-ups), and `write`, mostly a call of `insert`. Readers
(JSON, NDJSON, Arrow, data frames, mappings, files), checks, COPY, duplicates and answers are here,
and its route is one call of `core.ingest.rest.add_route`. See docs/howto/take_many_rows.md.
"""

from everlearn.core.ingest.arrow import read_stream
from everlearn.core.ingest.batch import Batch, Column, Ingested, Refusal, column_of
from everlearn.core.ingest.bodies import read_json, read_lines, read_mappings
from everlearn.core.ingest.files import load_file
from everlearn.core.ingest.loading import WRITERS, load
from everlearn.core.ingest.shape import Field, Shape
from everlearn.core.ingest.singles import describe_one, read_one
from everlearn.core.ingest.staging import Stage, Target, insert, staged
from everlearn.core.ingest.writing import ensure_partitions, ingest

__all__ = [
    "WRITERS",
    "Batch",
    "Column",
    "Field",
    "Ingested",
    "Refusal",
    "Shape",
    "Stage",
    "Target",
    "column_of",
    "describe_one",
    "ensure_partitions",
    "ingest",
    "insert",
    "load",
    "load_file",
    "read_json",
    "read_lines",
    "read_mappings",
    "read_one",
    "read_stream",
    "staged",
]
