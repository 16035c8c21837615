"""Many events at once: what is accepted, what is a duplicate, what is refused and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from everlearn.core import ingest as bulk
from everlearn.core.errors import Invalid
from everlearn.core.ids import time_of, uuid7, uuid7_many
from everlearn.core.ingest import arrow, writing
from everlearn.core.ingest.errors import ItemsRefused, UnknownFormat
from everlearn.core.tx import Actor
from everlearn.modules.events import service

EVENT = {"event_type": "experiment", "event_data": {"n": 1}}


def count(tx):
    return tx.scalar("SELECT count(*) FROM events.learning_events")


def rows_of(tx, columns="*"):
    query = f"SELECT {columns} FROM events.learning_events ORDER BY timestamp, id"
    return [dict(row) for row in tx.execute(query).mappings()]


class TestRows:
    def test_every_field_is_stored(self, tx):
        at = tx.now() - timedelta(days=3)
        id_ = uuid7(at)
        row = EVENT | {
            "id": id_,
            "timestamp": at,
            "event_subtype": "step",
            "source_system": "openevolve",
            "entity_type": "model",
            "entity_id": "delays é 模",
            "event_data": {"a": [1, None, {"b": "é"}], "at": tx.now(), "x": np.float64(0.5)},
            "user_id": "ann",
            "session_id": "s1",
            "processing_time_ms": 12,
            "metadata": {"build": 7, "actor": "somebody else"},
        }
        done = service.ingest(tx, [row])
        assert (done.accepted, done.duplicates, done.refused) == (1, 0, [])
        assert done.ids == [id_]
        (found,) = rows_of(tx)
        assert found.pop("tenant_id") == tx.tenant_id
        assert found == row | {
            "event_data": {
                "a": [1, None, {"b": "é"}],
                "at": tx.now().isoformat(),
                "x": 0.5,
            },
            # Who acted is said by the transaction, whatever the sender says.
            "metadata": {"build": 7, "actor": "tester", "actor_kind": "user"},
        }
        kind = tx.scalar("SELECT jsonb_typeof(event_data) FROM events.learning_events")
        assert kind == "object"

    def test_what_an_event_leaves_out_is_filled_in(self, database, tenant):
        user = uuid4()
        with database.tx(tenant, actor=Actor("user", "ann", user_id=user)) as tx:
            done = service.ingest(tx, [EVENT, EVENT | {"source_system": "own", "user_id": "u"}])
            first, second = rows_of(tx)
            now = tx.now()
        assert [first["id"], second["id"]] == done.ids
        assert first["timestamp"] == second["timestamp"] == now
        assert (first["source_system"], first["user_id"]) == ("everlearn", str(user))
        assert (second["source_system"], second["user_id"]) == ("own", "u")

    def test_nothing(self, tx):
        done = service.ingest(tx, [])
        assert (done.accepted, done.refused, done.ids) == (0, [], [])

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"event_type": "gossip"}, "event_type"),
            ({"event_type": None}, "event_type"),
            ({"event_data": [1]}, "event_data"),
            ({"event_data": None}, "event_data"),
            ({"event_data": "text"}, "event_data"),
            ({"event_data": {"x": float("nan")}}, "event_data"),
            ({"event_data": {"x": np.float32("inf")}}, "event_data"),
            ({"event_data": {"x": object()}}, "event_data"),
            ({"event_data": {"x": "a\0b"}}, "event_data"),
            ({"event_data": {"a\0b": 1}}, "event_data"),
            ({"event_data": {"x": "\udc00"}}, "event_data"),
            ({"event_data": {"x": 10**200_000}}, "event_data"),
            ({"metadata": [1]}, "metadata"),
            ({"metadata": {"x": "\0"}}, "metadata"),
            ({"entity_id": ""}, "entity_id"),
            ({"entity_id": "a\0b"}, "entity_id"),
            ({"entity_id": 7}, "entity_id"),
            ({"entity_id": "x" * 256}, "entity_id"),
            ({"processing_time_ms": -1}, "processing_time_ms"),
            ({"processing_time_ms": float("nan")}, "processing_time_ms"),
            ({"processing_time_ms": "1"}, "processing_time_ms"),
            ({"timestamp": datetime(2026, 1, 1)}, "timestamp"),
            ({"timestamp": datetime(1999, 12, 31, tzinfo=UTC)}, "timestamp"),
            ({"timestamp": datetime(2031, 1, 1, tzinfo=UTC)}, "timestamp"),
            (
                {"timestamp": datetime.max.replace(tzinfo=timezone(-timedelta(hours=5)))},
                "timestamp",
            ),
            ({"timestamp": 1}, "timestamp"),
            ({"id": uuid4()}, "id"),
            ({"id": "x"}, "id"),
            ({"id": UUID(int=(1 << 128) - 1 - (0x8 << 76) - (1 << 62))}, "id"),
            ({"id": uuid7(datetime(1990, 1, 1, tzinfo=UTC))}, "id"),
            ({"tenant_id": str(uuid4())}, "tenant_id"),
            ({"event_data": ...}, "event_data"),
        ],
    )
    def test_a_wrong_one_is_named_and_the_others_are_written(self, tx, change, field):
        row = {key: value for key, value in (EVENT | change).items() if value is not ...}
        done = service.ingest(tx, [EVENT, row, EVENT])
        assert done.accepted == 2
        assert [(each.index, each.field) for each in done.refused] == [(1, field)]
        assert done.refused[0].reason
        assert [id_ is None for id_ in done.ids] == [False, True, False]
        assert count(tx) == 2

    def test_what_is_no_mapping(self, tx):
        done = service.ingest(tx, [EVENT, "no event"])
        assert [(each.index, each.field) for each in done.refused] == [(1, None)]

    def test_a_text_that_only_looks_like_nul_is_stored(self, tx):
        service.ingest(tx, [EVENT | {"event_data": {"x": "\\u0000"}}])
        assert rows_of(tx, "event_data") == [{"event_data": {"x": "\\u0000"}}]

    def test_back_dated_and_offset_times_find_their_month(self, tx):
        plus_two = timezone(timedelta(hours=2))
        times = [
            datetime(2012, 7, 1, 1, 30, tzinfo=plus_two),  # June in UTC
            datetime(2003, 1, 1, tzinfo=UTC),
        ]
        done = service.ingest(tx, [EVENT | {"timestamp": at} for at in times])
        assert done.accepted == 2
        months = {row["m"] for row in rows_of(tx, "tableoid::regclass::text AS m, timestamp, id")}
        assert {"parts.learning_events_y2012m06", "parts.learning_events_y2003m01"} == months
        service.emit(tx, "experiment", data={}, at=datetime(2011, 5, 1, 1, tzinfo=plus_two))
        assert count(tx) == 3

    def test_days_are_marked_for_the_daily_metrics(self, tx):
        service.refresh_daily_metrics(tx)
        days = [tx.now() - timedelta(days=n) for n in (0, 3, 40)]
        service.ingest(tx, [EVENT | {"timestamp": at} for at in days])
        assert service.refresh_daily_metrics(tx) == sorted(at.date() for at in days)


class TestAgain:
    def test_against_the_table_and_within_the_batch(self, tx):
        a, b = ({"id": id_, **EVENT} for id_ in uuid7_many(2, tx.now()))
        assert service.ingest(tx, [a]).accepted == 1
        changed = a | {"event_data": {"n": 2}}
        done = service.ingest(tx, [changed, b, EVENT, b, a])
        assert (done.accepted, done.duplicates, done.refused) == (2, 3, [])
        assert done.duplicate_at == [0, 3, 4]
        assert done.ids[:2] == [a["id"], b["id"]] == [done.ids[4], done.ids[3]]
        assert count(tx) == 3
        stored = {row["id"]: row["event_data"] for row in rows_of(tx)}
        assert stored[a["id"]] == {"n": 1}  # what is there is left as it is

    def test_without_its_own_time_it_is_found_later(self, database, tenant, clock):
        row = {"id": uuid7(clock.now() - timedelta(days=45)), **EVENT}
        with database.tx(tenant) as tx:
            assert service.ingest(tx, [row]).accepted == 1
        clock.advance(timedelta(hours=1))
        with database.tx(tenant) as tx:
            assert service.ingest(tx, [row]).duplicates == 1
            (found,) = rows_of(tx)
        assert found["timestamp"] == time_of(row["id"])

    def test_without_an_id_it_is_another(self, tx):
        for _ in range(2):
            assert service.ingest(tx, [EVENT]).accepted == 1
        assert count(tx) == 2

    def test_another_tenants_event_is_no_duplicate(self, database, tenant, rival):
        row = {"id": uuid7(datetime(2026, 3, 1, tzinfo=UTC)), **EVENT}
        with database.tx(tenant) as tx:
            assert service.ingest(tx, [row]).accepted == 1
        with rival.tx() as tx:
            assert service.ingest(tx, [row]).accepted == 1
            assert count(tx) == 1

    def test_a_twin_of_one_that_is_refused_late(self, tx):
        huge = b'{"x": 1e%d}' % 200_000
        id_ = str(uuid7(tx.now())).encode()
        one = b'{"id": "%s", "event_type": "experiment", "event_data": %s}' % (id_, huge)
        good = b'{"event_type": "experiment", "event_data": {}}'
        done = service.ingest(tx, bulk.read_lines(service.SHAPE, b"\n".join([one, good, one])))
        assert (done.accepted, done.duplicates) == (1, 0)
        assert [(each.index, each.field) for each in done.refused] == [
            (0, "event_data"),
            (2, "event_data"),
        ]
        assert count(tx) == 1


class TestAllOrNothing:
    @pytest.mark.parametrize(
        "wrong", [{"event_type": "gossip"}, {"timestamp": datetime(1990, 1, 1, tzinfo=UTC)}]
    )
    def test_one_keeps_all_out(self, tx, wrong):
        with pytest.raises(ItemsRefused) as caught:
            service.ingest(tx, [EVENT, EVENT | wrong], all_or_nothing=True)
        (field,) = wrong
        assert caught.value.field == f"[1].{field}"
        assert caught.value.facts["refused"][0]["index"] == 1
        assert count(tx) == 0

    def test_parts_before_it_too(self, tx, monkeypatch):
        monkeypatch.setattr(writing, "CHUNK", 2)
        rows = [EVENT] * 5 + [EVENT | {"event_type": "gossip"}]
        with pytest.raises(ItemsRefused) as caught:
            service.ingest(tx, rows, all_or_nothing=True)
        assert caught.value.field == "[5].event_type"
        assert count(tx) == 0
        done = service.ingest(tx, rows)
        assert (done.accepted, [each.index for each in done.refused]) == (5, [5])

    def test_what_only_the_database_finds(self, tx):
        body = b'[{"event_type": "experiment", "event_data": {"x": 1e200000}}]'
        with pytest.raises(ItemsRefused):
            service.ingest(tx, bulk.read_json(service.SHAPE, body), all_or_nothing=True)
        assert count(tx) == 0

    def test_duplicates_are_no_reason(self, tx):
        row = {"id": uuid7(tx.now()), **EVENT}
        assert service.ingest(tx, [row, row], all_or_nothing=True).duplicates == 1


def table(n=3, **columns):
    given = {
        "event_type": ["experiment"] * n,
        "event_data": ['{"n": 1}'] * n,
    } | columns
    return pa.table({name: values for name, values in given.items() if values is not None})


class TestArrow:
    def test_every_kind_of_column(self, tx):
        at = [datetime(2014, 1, 5, 3, 4, 5, 123456, tzinfo=UTC), None, None]
        ids = [uuid7(at[0]), uuid7(tx.now())]
        done = service.ingest(
            tx,
            table(
                id=pa.array([ids[0].bytes, ids[1].bytes, None], pa.uuid()),
                timestamp=pa.array(at, pa.timestamp("ns", "Europe/Paris")),
                event_type=pa.array(
                    ["experiment", "drift_alert", "experiment"]
                ).dictionary_encode(),
                event_data=pa.array([{"a": 1, "b": None}, {"a": 2, "b": "x"}, {"a": 3, "b": ""}]),
                metadata=pa.array(['{"k": 1}', None, None], pa.json_()),
                entity_id=pa.array(["é", None, "c"], pa.string_view()),
                processing_time_ms=pa.array([1, None, 3], pa.int32()),
                session_id=pa.nulls(3),
            ),
        )
        assert (done.accepted, done.refused) == (3, [])
        found = {row["id"]: row for row in rows_of(tx)}
        first, second = found[ids[0]], found[ids[1]]
        assert first["timestamp"] == at[0].replace(microsecond=123000)
        assert second["timestamp"] == time_of(ids[1])
        assert first["event_data"] == {"a": 1, "b": None}
        assert first["metadata"] == {"k": 1, "actor": "tester", "actor_kind": "user"}
        assert (first["entity_id"], second["entity_id"]) == ("é", None)
        assert (first["processing_time_ms"], second["processing_time_ms"]) == (1.0, None)

    @pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
    def test_units_of_time(self, tx, unit):
        at = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
        service.ingest(tx, table(1, timestamp=pa.array([at], pa.timestamp(unit, "UTC"))))
        assert rows_of(tx, "timestamp, id")[0]["timestamp"] == at

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("event_type", ["gossip", None]),
            ("event_data", ["[1]", "{", '{"x": NaN}', '{"x": "\\u0000"}', None]),
            ("metadata", ['"text"']),
            ("entity_id", ["", "a\0b", "x" * 256]),
            ("processing_time_ms", [-1.0, float("nan"), float("inf")]),
            ("id", ["x", str(uuid4())]),
            ("timestamp", pa.array([-1, 2**62], pa.timestamp("s", "UTC"))),
        ],
    )
    def test_wrong_values_are_refused_one_by_one(self, tx, name, values):
        wrong = pa.array(values) if isinstance(values, list) else values
        good = table(1)
        both = pa.concat_tables(
            [good, table(len(values), **{name: wrong}), good], promote_options="default"
        )
        done = service.ingest(tx, both)
        assert [each.index for each in done.refused] == list(range(1, len(values) + 1))
        assert {each.field for each in done.refused} == {name}
        assert (done.accepted, count(tx)) == (2, 2)

    @pytest.mark.parametrize(
        ("columns", "field"),
        [
            ({"tenant_id": ["x"]}, "tenant_id"),
            ({"event_data": None}, "event_data"),
            ({"event_type": None}, "event_type"),
            ({"event_type": [1]}, "event_type"),
            ({"event_data": [1]}, "event_data"),
            ({"timestamp": ["2026-01-01"]}, "timestamp"),
            ({"timestamp": pa.array([0], pa.timestamp("us"))}, "timestamp"),
            ({"processing_time_ms": ["1"]}, "processing_time_ms"),
            ({"entity_id": pa.array([b"\xff"])}, "entity_id"),
            ({"id": [1]}, "id"),
        ],
    )
    def test_wrong_columns_are_refused_whole(self, tx, columns, field):
        with pytest.raises(Invalid) as caught:
            service.ingest(tx, table(1, **columns))
        assert caught.value.field == field
        assert count(tx) == 0

    def test_a_data_frame(self, tx):
        frame = pd.DataFrame(
            {
                "event_type": ["experiment", "experiment"],
                "event_data": [{"a": 1}, {"a": 2}],
                "timestamp": pd.to_datetime(["2026-02-01", "2026-02-02"], utc=True),
                "processing_time_ms": [1.5, float("nan")],
                "entity_id": ["x", None],
            },
            index=[5, 7],
        )
        assert service.ingest(tx, frame).accepted == 2
        names = "event_data, processing_time_ms, entity_id, timestamp, id"
        first, second = rows_of(tx, names)
        assert (first["event_data"], first["processing_time_ms"]) == ({"a": 1}, 1.5)
        assert (second["processing_time_ms"], second["entity_id"]) == (None, None)

    def test_many_chunks(self, tx, monkeypatch):
        monkeypatch.setattr(writing, "CHUNK", 100)
        ids = pa.array([id_.bytes for id_ in uuid7_many(450, tx.now())], pa.binary(16))
        for accepted in (450, 0):
            done = service.ingest(tx, table(450, id=ids))
            assert (done.accepted, done.duplicates) == (accepted, 450 - accepted)
        assert done.duplicate_at == list(range(450))
        assert count(tx) == 450

    def test_without_pyarrow(self, tx, monkeypatch):
        given = table()
        monkeypatch.setattr(arrow, "import_module", lambda name: __import__(f"no_{name}"))
        with pytest.raises(UnknownFormat) as caught:
            service.ingest(tx, given)
        assert "everlearn[arrow]" in caught.value.hint
