"""The stream: emit, emit many, list."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from everlearn.core.errors import Forbidden, Invalid
from everlearn.modules.events import service
from everlearn.modules.events.types import EventType


class TestEmit:
    def test_is_listed_with_who_acted(self, tx):
        made = service.emit(
            tx,
            EventType.MODEL_TRAINING,
            subtype="finished",
            entity_type="model",
            entity_id="delays",
            data={"rows": 12},
            processing_time_ms=3.5,
        )
        (event,) = service.list_events(tx).items
        assert event.id == made
        assert event.event_type == "model_training"
        assert event.event_data == {"rows": 12}
        assert event.timestamp == tx.now()
        assert event.source_system == "everlearn"
        assert event.processing_time_ms == 3.5
        assert event.metadata == {"actor": "tester", "actor_kind": "user"}

    def test_back_dated_event_finds_its_partition(self, tx):
        at = tx.now() - timedelta(days=4800)
        service.emit(tx, EventType.DATA_INGESTION, data={}, at=at)
        (event,) = service.list_events(tx).items
        assert event.timestamp == at

    @pytest.mark.parametrize(
        "at", [datetime(2026, 1, 1), datetime.min.replace(tzinfo=timezone(timedelta(hours=5)))]
    )
    def test_a_time_without_zone_or_out_of_range_is_refused(self, tx, at):
        with pytest.raises(Invalid), tx.savepoint():
            service.emit(tx, "experiment", data={}, at=at)

    def test_unknown_type_is_refused(self, tx):
        with pytest.raises(Invalid) as info, tx.savepoint():
            service.emit(tx, "gossip", data={})
        assert info.value.field == "event_type"

    @pytest.mark.parametrize(
        "data", [{"x": float("nan")}, {"x": float("inf")}, {"x": object()}, {"x": "a\0b"}]
    )
    def test_what_jsonb_cannot_hold_is_refused(self, tx, data):
        with pytest.raises(Invalid), tx.savepoint():
            service.emit(tx, EventType.USER_FEEDBACK, data=data)

    def test_negative_duration_is_refused(self, tx):
        with pytest.raises(Invalid) as info, tx.savepoint():
            service.emit(tx, EventType.USER_FEEDBACK, data={}, processing_time_ms=-1)
        assert info.value.field == "processing_time_ms"


class TestEmitMany:
    def test_all_columns(self, tx):
        times = [tx.now() - timedelta(days=40 * i) for i in range(3)]
        written = service.emit_many(
            tx,
            {
                "event_type": [EventType.USER_FEEDBACK] * 3,
                "event_data": [{"i": i} for i in range(3)],
                "timestamp": times,
                "entity_id": ["a", None, "c"],
                "processing_time_ms": [1.0, None, 3.0],
            },
        )
        items = service.list_events(tx).items
        assert written == 3
        assert [event.event_data["i"] for event in items] == [0, 1, 2]
        assert [event.timestamp for event in items] == times
        assert [event.entity_id for event in items] == ["a", None, "c"]

    def test_nothing(self, tx):
        assert service.emit_many(tx, {"event_type": [], "event_data": []}) == 0

    @pytest.mark.parametrize(
        "columns",
        [
            {"event_type": ["experiment"]},
            {"event_data": [{}]},
            {"event_type": ["experiment"], "event_data": [{}], "tenant_id": ["x"]},
            {"event_type": ["gossip"], "event_data": [{}]},
            {"event_type": ["experiment"], "event_data": ["no object"]},
        ],
    )
    def test_wrong_columns_are_refused_and_nothing_is_written(self, tx, columns):
        with pytest.raises(Invalid), tx.savepoint():
            service.emit_many(tx, columns)
        assert service.list_events(tx).items == []


class TestListEvents:
    def test_filters_and_pages(self, tx):
        for i in range(5):
            service.emit(
                tx,
                EventType.EXPERIMENT if i % 2 else EventType.DRIFT_ALERT,
                entity_type="model",
                entity_id=f"m{i}",
                data={"i": i},
            )
        first = service.list_events(tx, limit=3)
        assert first.next_cursor
        second = service.list_events(tx, limit=3, cursor=first.next_cursor)
        ids = [event.id for event in first.items + second.items]
        assert len(set(ids)) == 5
        assert ids == sorted(ids, reverse=True)
        assert second.next_cursor is None
        assert len(service.list_events(tx, event_type="experiment").items) == 2
        assert len(service.list_events(tx, entity_type="model", entity_id="m3").items) == 1

    @pytest.mark.parametrize("wrong", [{"limit": 0}, {"limit": 501}, {"cursor": "x"}])
    def test_wrong_arguments(self, tx, wrong):
        with pytest.raises(Invalid):
            service.list_events(tx, **wrong)


def test_the_other_tenant_sees_nothing(database, tenant, rival):
    with database.tx(tenant) as tx:
        service.emit(tx, EventType.EXPERIMENT, data={})
    with rival.tx() as other:
        assert service.list_events(other).items == []


@pytest.mark.parametrize("statement", ["UPDATE {} SET event_type = 'experiment'", "DELETE FROM {}"])
def test_the_stream_is_append_only(tx, statement):
    service.emit(tx, EventType.EXPERIMENT, data={})
    with pytest.raises(Forbidden), tx.savepoint():
        tx.execute(statement.format("events.learning_events"))
