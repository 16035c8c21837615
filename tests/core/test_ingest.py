"""Many rows at once: every kind of value by every way in, and what is answered."""

from __future__ import annotations

import io
import json
import math
import threading
from datetime import UTC, datetime
from functools import partial
from uuid import UUID

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from everlearn.core import ingest as bulk
from everlearn.core.errors import Bug, Invalid
from everlearn.core.ingest import Batch, Field, Ingested, Refusal, Shape, rest
from everlearn.core.ingest.errors import Busy, ItemsRefused
from everlearn.core.ingest.writing import batches

SHAPE = Shape(
    "things",
    (
        Field("id", "uuid"),
        Field("name", "text", required=True, max_length=20),
        Field("colour", "word", words=("red", "blue")),
        Field("at", "time"),
        Field("weight", "number", least=0, most=100),
        Field("n", "integer", least=-5),
        Field("good", "flag"),
        Field("facts", "json"),
        Field("steps", "json", holds="list"),
        Field("free", "json", holds="any"),
        Field("tags", "texts"),
    ),
    added=(Field("place_name", "text"), Field("other", "uuid")),
)
A, B = UUID(int=1), UUID(int=(1 << 128) - 1)
FULL = {
    "id": A,
    "name": "first é",
    "colour": "red",
    "at": datetime(2026, 3, 29, 1, 59, 59, 999_999, tzinfo=UTC),
    "weight": 0.1,
    "n": -5,
    "good": True,
    "facts": {"a": [1, None], "b": "é"},
    "steps": [1, {"x": 2}],
    "free": 7,
    "tags": ["a", "b,c"],
}
BARE = dict.fromkeys(FULL) | {"name": "second"}
LAST = BARE | {
    "name": "third",
    "id": B,
    "at": datetime(1969, 7, 20, 20, 17, tzinfo=UTC),
    "n": 2**40,
    "good": False,
    "steps": [],
    "tags": [],
    "facts": {},
    "weight": 100.0,
}
ROWS = [FULL, BARE, LAST]


def plain(row):
    """A row as JSON has it."""
    return {k: str(v) if isinstance(v, UUID) else v for k, v in row.items() if v is not None} | (
        {"at": row["at"].isoformat()} if row["at"] else {}
    )


def table(rows=ROWS):
    kinds = {
        "id": pa.binary(16),
        "at": pa.timestamp("us", "UTC"),
        "good": pa.bool_(),
        "n": pa.int64(),
        "weight": pa.float64(),
        "tags": pa.list_(pa.string()),
    }
    columns = {}
    for name in FULL:
        values = [row[name] for row in rows]
        if name == "id":
            values = [None if v is None else v.bytes for v in values]
        if SHAPE.by_name[name].kind == "json":
            values = [None if v is None else json.dumps(v) for v in values]
        columns[name] = pa.array(values, kinds.get(name, pa.string()))
    return pa.table(columns)


def stream(given):
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, given.schema) as writer:
        writer.write_table(given)
    return sink.getvalue()


def stored(tx, batch):
    names = ", ".join(f's."{name}"' for name in FULL)
    with bulk.staged(tx, batch) as stage:
        said = {f"c_{k}": v for k, v in stage.params.items()}
        cells = [f"%(c_{n})s" if n in stage.params else f's."{n}"' for n in FULL]
        assert names
        query = f"SELECT {', '.join(cells)} FROM {stage.name} s ORDER BY s.place"
        return [dict(zip(FULL, row, strict=True)) for row in stage.run(query, said).fetchall()]


class TestEveryKindByEveryWay:
    @pytest.mark.parametrize(
        "read",
        [
            lambda: bulk.read_json(SHAPE, json.dumps([plain(r) for r in ROWS]).encode()),
            lambda: bulk.read_json(
                SHAPE, json.dumps({"things": [plain(r) for r in ROWS]}, ensure_ascii=False).encode()
            ),
            lambda: bulk.read_lines(SHAPE, b"\n".join(json.dumps(plain(r)).encode() for r in ROWS)),
            lambda: bulk.read_mappings(SHAPE, ROWS),
            lambda: bulk.read_stream(SHAPE, stream(table()), most=3),
            lambda: next(batches(SHAPE, table())),
            lambda: next(batches(SHAPE, pl.from_arrow(table()))),
            # Pieces of larger arrays, whose values do not begin where their memory begins.
            lambda: next(batches(SHAPE, pa.concat_tables([table(), table()]).slice(3))),
        ],
        ids=["list", "object", "lines", "mappings", "stream", "table", "polars", "slice"],
    )
    def test_it_is_stored_as_it_was(self, tx, read):
        batch = read()
        assert (batch.size, batch.refused) == (3, {})
        assert stored(tx, batch) == ROWS

    def test_csv(self, tx, tmp_path):
        path = tmp_path / "things.csv"
        path.write_text(
            "name,at,n,good,facts\n"
            'first,2026-03-29T01:59:59.999999Z,-5,true,"{""a"": [1, null]}"\n'
            "second,,,,\n"
        )
        (part, _), (batch, share) = bulk.files._parts(SHAPE, path)
        assert (len(part), len(batch), share) == (0, 2, 1.0)
        first, second = stored(tx, batch)
        assert first == BARE | {
            "name": "first",
            "at": FULL["at"],
            "n": -5,
            "good": True,
            "facts": {"a": [1, None]},
        }
        assert second == BARE

    @pytest.mark.parametrize("rows", [[FULL], [BARE], [LAST, LAST], [FULL, FULL]])
    def test_what_all_rows_say_alike(self, tx, rows):
        for batch in (bulk.read_mappings(SHAPE, rows), next(batches(SHAPE, table(rows)))):
            assert stored(tx, batch) == rows

    def test_a_frame_without_rows(self):
        assert len(next(batches(SHAPE, table([])))) == 0
        with pytest.raises(Invalid) as caught:
            next(batches(SHAPE, pa.table({"names": pa.array([], pa.string())})))
        assert caught.value.field == "names"


WRONG = [
    ("name", None),
    ("name", ""),
    ("name", "x" * 21),
    ("name", "a\0b"),
    ("colour", "green"),
    ("weight", -0.5),
    ("weight", 100.5),
    ("weight", float("nan")),
    ("n", -6),
    ("facts", [1]),
    ("facts", "text"),
    ("facts", {"a": "\0"}),
    ("steps", {"a": 1}),
    ("tags", ["a", ""]),
    ("tags", ["x" * 21 * 13]),
    ("tags", ["\0"]),
]


class TestRefused:
    @pytest.mark.parametrize("way", ["mappings", "lines", "table"])
    @pytest.mark.parametrize(("field", "value"), WRONG)
    def test_a_wrong_one_alone(self, tx, way, field, value):
        rows = [FULL, FULL | {field: value}, LAST]
        if way == "mappings":
            batch = bulk.read_mappings(SHAPE, rows)
        elif way == "table":
            batch = next(batches(SHAPE, table(rows)))
        elif isinstance(value, float) and math.isnan(value):
            pytest.skip("JSON has no NaN")
        else:
            lines = [json.dumps(plain(row)).encode() for row in rows]
            batch = bulk.read_lines(SHAPE, b"\n".join(lines))
        batch.drop_refused()
        assert [(each.index, each.field) for each in batch.refused.values()] == [(1, field)]
        assert batch.places.tolist() == [0, 2]
        assert stored(tx, batch) == [FULL, LAST]

    def test_the_reason_says_what_would_be_right(self):
        wrong = [{"name": "a", "colour": "green"}, {"name": "a", "weight": 101}, {"names": "a"}]
        found = bulk.read_mappings(SHAPE, wrong).refused
        assert found[0].reason == "not one of red, blue"
        assert "100" in found[1].reason
        assert found[2] == Refusal(2, "names", "things have no such field")

    def test_a_word_needs_a_vocabulary(self):
        with pytest.raises(Bug):
            Field("colour", "word")

    def test_documents_that_only_the_database_cannot_read(self, tx):
        deep = "[" * 20_000 + "]" * 20_000
        texts = ['{"a": 1}', f'{{"a": {deep}}}', '{"a": 1e999999}', '{"a": "\\ud800"}', '{"a" 1}']
        given = pa.table({"name": ["x"] * 5, "facts": texts})
        seen = []

        def write(tx, batch):
            with bulk.staged(tx, batch) as stage:
                seen.extend(stage.run(f"SELECT facts FROM {stage.name}").fetchall())
            return []

        done = bulk.ingest(tx, SHAPE, given, prepare=lambda *_: None, write=write)
        assert [(each.index, each.field) for each in done.refused] == [
            (n, "facts") for n in range(1, 5)
        ]
        assert (done.accepted, seen) == (1, [({"a": 1},)])


class TestPrepare:
    def test_what_a_module_fills_in(self, tx):
        batch = bulk.read_mappings(SHAPE, [FULL, BARE])
        batch.fill("colour", "blue")
        batch.fill("free", None)
        batch.put("place_name", "text", ["here", None])
        batch.put("other", "uuid", [None, B])
        assert batch.get("colour") == ["red", "blue"]
        assert batch.get("at") == [FULL["at"], None]
        assert batch.get("id") == [A, None]
        with bulk.staged(tx, batch) as stage:
            found = stage.run(f"SELECT place_name, other FROM {stage.name} ORDER BY place")
            assert found.fetchall() == [("here", None), (None, B)]

    def test_fill_in_arrow(self):
        batch = next(batches(SHAPE, table([FULL, BARE])))
        batch.fill("colour", "blue")
        assert batch.get("colour") == ["red", "blue"]
        batch = next(batches(SHAPE, table([BARE, BARE])))
        batch.fill("colour", "blue")
        assert batch.constants == {"colour": "blue"}


class TestTwins:
    @pytest.mark.parametrize("way", ["mappings", "table"])
    def test_the_first_is_kept_and_rows_go_in_order(self, tx, way):
        rows = [BARE | {"name": name} for name in ("c", "a", "b", "a", "c")]
        given = rows if way == "mappings" else table(rows)
        seen = []

        def write(tx, batch):
            seen.extend(batch.get("name"))
            return [1]  # the second of those that are left was there already: b

        done = bulk.ingest(tx, SHAPE, given, prepare=lambda *_: None, write=write, key=("name",))
        assert seen == ["a", "b", "c"]
        assert (done.accepted, done.duplicate_at, done.size) == (2, [2, 3, 4], 5)


class TestAnswer:
    def keys(self, *ids):
        data = b"".join(id_.bytes for id_ in ids)
        return np.frombuffer(data, np.uint8).reshape(-1, 16).copy()

    def test_each_in_its_place(self):
        none = UUID(int=0)
        done = Ingested(4, 2, 1, [Refusal(2, "name", "needed")], [1], self.keys(A, B, none, B))
        told = json.loads(rest.answer(done))
        assert told["items"] == [
            {"status": "accepted", "id": str(A)},
            {"status": "duplicate", "id": str(B)},
            {"status": "refused", "id": None},
            {"status": "accepted", "id": str(B)},
        ]
        assert (told["accepted"], told["duplicates"]) == (2, 1)
        assert told["refused"] == [{"index": 2, "field": "name", "reason": "needed"}]
        assert done.ids == [A, B, None, B]

    def test_all_accepted_and_without_ids(self):
        done = Ingested(2, 2, 0, [], [], self.keys(A, B))
        items = json.loads(rest.answer(done))["items"]
        assert items == [{"status": "accepted", "id": str(id_)} for id_ in (A, B)]
        done = Ingested(2, 1, 1, [], [0])
        items = json.loads(rest.answer(done))["items"]
        assert [item["status"] for item in items] == ["duplicate", "accepted"]


class TestLoad:
    def test_parts_at_the_same_time_and_in_order(self, db):
        database, tenant = db.database(), db.tenant()
        both = threading.Barrier(2, timeout=20)
        told = []

        def write(tx, batch):
            if tx.scalar("SELECT 1") and batch.get("name")[0] in {"0", "2"}:
                both.wait()  # the first two parts meet here, or it is not at the same time
            refused = [Refusal(1, "name", "wrong")]
            return Ingested(len(batch), len(batch) - 1, 0, refused, [])

        rows = [{"name": str(n)} for n in range(6)]
        parts = (bulk.read_mappings(SHAPE, rows[n : n + 2]) for n in (0, 2, 4))
        done = bulk.load(
            partial(database.tx, tenant), SHAPE, parts, write, writers=2, progress=told.append
        )
        assert (done.size, done.accepted) == (6, 3)
        assert [each.index for each in done.refused] == [1, 3, 5]
        assert told == [2, 4, 6]

    def test_what_fails_stops_the_rest(self, db):
        database, tenant = db.database(), db.tenant()
        seen = []

        def write(tx, batch):
            seen.append(batch.get("name")[0])
            if seen[-1] == "1":
                raise Invalid("the second part is wrong")
            return Ingested(1, 1, 0, [], [])

        def parts():
            for n in range(100):
                yield bulk.read_mappings(SHAPE, [{"name": str(n)}])

        with pytest.raises(Invalid):
            bulk.load(partial(database.tx, tenant), SHAPE, parts(), write, writers=1)
        assert len(seen) < 10


class TestGate:
    def test_it_holds_so_many_and_no_more(self):
        gate = rest.Gate(1)
        for _ in range(1 + rest.HELD_FOR_EACH):
            gate.__enter__()
        with pytest.raises(Busy) as caught:
            gate.__enter__()
        assert caught.value.facts["retry_after_s"] >= 1
        gate.__exit__()
        with gate:
            assert gate.held == 1 + rest.HELD_FOR_EACH


def test_all_or_nothing_names_places_among_all(tx):
    parts = [bulk.read_mappings(SHAPE, [{"name": "a"}, {"name": n}]) for n in ("b", "")]
    assert all(isinstance(part, Batch) for part in parts)
    with pytest.raises(ItemsRefused) as caught:
        bulk.ingest(
            tx,
            SHAPE,
            iter(parts),
            prepare=lambda *_: None,
            write=lambda *_: [],
            all_or_nothing=True,
        )
    assert caught.value.field == "[3].name"
