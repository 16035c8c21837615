"""What the tables of the events module refuse, and who sees what a user did."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from everlearn.core.errors import Duplicate, Forbidden, Invalid
from everlearn.core.ids import uuid7
from everlearn.core.testing.make import make
from everlearn.core.tx import Actor
from everlearn.modules.events import service
from everlearn.modules.events.errors import UnknownEvent
from everlearn.modules.events.tables import (
    AnalyticsEvent,
    DailyLearningMetric,
    GitOperationLearningEvent,
    LearningEvent,
    UserAnalytics,
)
from everlearn.modules.tenancy.tables import User


@pytest.mark.parametrize(
    ("row", "values", "field"),
    [
        (LearningEvent, {"event_type": "gossip"}, "event_type"),
        (LearningEvent, {"event_data": [1]}, "event_data"),
        (LearningEvent, {"processing_time_ms": -1.0}, "processing_time_ms"),
        (LearningEvent, {"processing_time_ms": float("nan")}, "processing_time_ms"),
        (GitOperationLearningEvent, {"operation_type": "squash"}, "operation_type"),
        (GitOperationLearningEvent, {"git_operation_id": ""}, "git_operation_id"),
        (AnalyticsEvent, {"event_type": ""}, "event_type"),
        (AnalyticsEvent, {"event_data": [1]}, "event_data"),
        (AnalyticsEvent, {"user_id": uuid4()}, "user_id"),
        (UserAnalytics, {"event_type": "sneeze"}, "event_type"),
        (UserAnalytics, {"event_name": ""}, "event_name"),
        (UserAnalytics, {"properties": ["dark"]}, "properties"),
        (DailyLearningMetric, {"event_count": -1}, "event_count"),
        (DailyLearningMetric, {"p95_processing_time": -0.5}, "p95_processing_time"),
        (DailyLearningMetric, {"event_type": "gossip"}, "event_type"),
    ],
)
def test_what_is_refused(tx, row, values, field):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        make(tx, row, **values)
    assert caught.value.field == field


@pytest.mark.parametrize("sender", ["api", None])
def test_a_group_of_a_day_is_one_row(tx, sender):
    group = {"date": tx.now().date(), "event_type": "experiment", "source_system": sender}
    make(tx, DailyLearningMetric, **group)
    with pytest.raises(Duplicate), tx.savepoint():
        make(tx, DailyLearningMetric, **group)


class TestGitOperation:
    def test_the_time_of_the_event_is_filled_in(self, tx):
        at = tx.now() - timedelta(days=70, milliseconds=1)
        event = service.emit(tx, "pattern_detection", data={}, at=at)
        made = make(
            tx, GitOperationLearningEvent, learning_event_id=event, operation_type="pull_request"
        )
        assert made.learning_event_timestamp == at

    @pytest.mark.parametrize("late", [None, timedelta(0), timedelta(seconds=1)])
    def test_an_event_that_is_not_there_is_refused(self, tx, late):
        event = uuid7(tx.now()) if late is None else service.emit(tx, "experiment", data={})
        at = tx.now() + late if late else None
        values = {"learning_event_id": event, "learning_event_timestamp": at}
        if late == timedelta(0):
            make(tx, GitOperationLearningEvent, **values)
            return
        with pytest.raises(UnknownEvent), tx.savepoint():
            make(tx, GitOperationLearningEvent, **values)

    def test_another_tenants_event_is_not_there(self, database, tenant, rival):
        with database.tx(tenant) as tx:
            event = service.emit(tx, "experiment", data={})
        with pytest.raises(UnknownEvent), rival.tx() as tx:
            make(tx, GitOperationLearningEvent, learning_event_id=event)


class TestUserAnalytics:
    def test_a_user_sees_its_own_rows_and_those_of_nobody(self, database, tenant):
        with database.tx(tenant) as tx:
            ann, bob = make(tx, User).id, make(tx, User).id
            for user in (ann, bob, None):
                make(tx, UserAnalytics, user_id=user)
        with database.tx(tenant, actor=Actor("user", "ann", user_id=ann)) as tx:
            found = set(tx.execute("SELECT user_id FROM events.user_analytics").scalars())
            assert found == {ann, None}
            other = tx.execute("DELETE FROM events.user_analytics WHERE user_id = :id", {"id": bob})
            assert other.rowcount == 0
            with pytest.raises(Forbidden), tx.savepoint():
                make(tx, UserAnalytics, user_id=bob)
        with database.tx(tenant) as tx:
            assert tx.scalar("SELECT count(*) FROM events.user_analytics") == 3

    def test_it_goes_with_the_user_and_analytics_events_stay(self, database, tenant):
        with database.tx(tenant) as tx:
            user = make(tx, User).id
            make(tx, UserAnalytics, user_id=user)
            make(tx, AnalyticsEvent, user_id=user)
            tx.execute("DELETE FROM tenancy.users WHERE id = :id", {"id": user})
            assert tx.scalar("SELECT count(*) FROM events.user_analytics") == 0
            assert tx.execute("SELECT user_id FROM events.analytics_events").scalars().all() == [
                None
            ]
