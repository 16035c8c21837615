"""The watch over models: references, scans, losses, alerts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import lightgbm as lgb
import numpy as np
import pytest

from everlearn.core.errors import Invalid, NotFound, WrongStatus
from everlearn.core.tx import Database
from everlearn.modules.drift import errors, service
from everlearn.modules.drift.types import AlertLevel, Detector, DriftType
from everlearn.modules.events import service as events
from everlearn.modules.features import service as features
from everlearn.modules.features.types import Entities, Numeric
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task

NAMES = ("distance", "wind")


def booster(rng, n=600):
    x = rng.normal(size=(n, 2)).astype(np.float32)
    y = (rng.random(n) < 1 / (1 + np.exp(-1.5 * x[:, 0]))).astype(float)
    params = {"objective": "binary", "num_leaves": 4, "num_threads": 1, "verbose": -1, "seed": 1}
    return lgb.train(params, lgb.Dataset(x, y), 10).model_to_string().encode()


class World:
    """A live model with traffic: x moves by `shift`, the truth turns with `turned`."""

    def __init__(self, tx, name="delays", seed=1):
        self.tx, self.rng = tx, np.random.default_rng(seed)
        self.set = features.declare_set(tx, name, [Numeric(each) for each in NAMES])
        made = registry.ensure_model(tx, name, task=Task.BINARY, feature_set_id=self.set.id)
        self.version = registry.register_version(
            tx,
            made.id,
            artifact=booster(self.rng),
            feature_names=NAMES,
            params={},
            metrics={"log_loss": 0.5},
            trained_until=tx.now(),
        )
        registry.activate(tx, self.version.id, reason="first", evidence={})
        self.model = registry.get_model(tx, name)
        self.count = 0

    def traffic(self, n, *, since, hours=24.0, shift=0.0):
        gap = timedelta(hours=hours) / n
        at = [since + gap * i for i in range(n)]
        ids = [f"e{self.count + i}" for i in range(n)]
        self.count += n
        x = self.rng.normal(size=(n, 2))
        x[:, 0] += shift
        fields = {name: x[:, i].tolist() for i, name in enumerate(NAMES)}
        rows = features.materialize(self.tx, self.set, Entities(ids, at, fields))
        return rows, predictions.predict_many(self.tx, self.model, rows, with_reasons=False)

    def resolve(self, rows, *, delay=timedelta(hours=1), turned=False):
        sign = -1.5 if turned else 1.5
        p = 1 / (1 + np.exp(-sign * rows.matrix[:, 0]))
        y = (self.rng.random(len(p)) < p).astype(float)
        at = [self.start(us) + delay for us in rows.as_of]
        return predictions.write_outcomes(
            self.tx,
            self.model,
            entity_ids=list(rows.entity_ids),
            values=y,
            happened_at=at,
            known_at=at,
        )

    def start(self, us):
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(us))

    def reference(self, since):
        rows, batch = self.traffic(1500, since=since)
        service.set_reference(
            self.tx, self.version.id, names=list(NAMES), matrix=rows.matrix, values=batch.value
        )


@pytest.fixture
def world(tx):
    return World(tx)


class TestReference:
    def test_is_there_once_it_is_set(self, tx, world):
        assert not service.has_reference(tx, world.version.id)
        world.reference(tx.now() - timedelta(days=30))
        assert service.has_reference(tx, world.version.id)

    def test_a_second_one_takes_its_place(self, tx, world):
        for _ in range(2):
            world.reference(tx.now() - timedelta(days=30))
        assert tx.scalar("SELECT count(*) FROM drift_references") == len(NAMES) + 1

    def test_a_feature_without_any_value(self, tx, world):
        matrix = np.full((50, 2), np.nan, dtype=np.float32)
        values = np.linspace(0, 1, 50)
        service.set_reference(tx, world.version.id, names=list(NAMES), matrix=matrix, values=values)
        assert service.has_reference(tx, world.version.id)

    def test_unfitting_lengths_are_refused(self, tx, world):
        matrix = np.zeros((50, 2), dtype=np.float32)
        with pytest.raises(errors.BadSetting):
            service.set_reference(tx, world.version.id, names=["one"], matrix=matrix, values=[1.0])


class TestScan:
    @pytest.fixture
    def since(self, tx, world):
        world.reference(tx.now() - timedelta(days=30))
        return tx.now() - timedelta(days=1)

    def test_same_distribution_raises_nothing(self, tx, world, since):
        world.traffic(900, since=since)
        found = service.scan(tx, world.model.id, since=since, until=tx.now())
        assert {item.feature for item in found} == {*NAMES, "score"}
        assert all(item.alert_level is None for item in found)
        assert service.open_alerts(tx) == []

    def test_a_shift_opens_alerts_on_input_and_answers(self, tx, world, since):
        world.traffic(900, since=since, shift=1.5)
        found = service.scan(tx, world.model.id, since=since, until=tx.now())
        levels = {item.feature: item.alert_level for item in found}
        assert levels == {
            "distance": AlertLevel.CRITICAL,
            "score": AlertLevel.CRITICAL,
            "wind": None,
        }
        assert {item.drift_type for item in found} == {DriftType.DATA, DriftType.PREDICTION}
        alerts = service.open_alerts(tx, model_id=world.model.id)
        assert {alert.feature for alert in alerts} == {"distance", "score"}
        told = events.list_events(tx, event_type="drift_alert").items
        assert {event.event_subtype for event in told} == {"opened"}
        assert len(told) == 2

    def test_the_same_window_twice_doubles_nothing(self, tx, world, since):
        world.traffic(900, since=since, shift=1.5)
        first = service.scan(tx, world.model.id, since=since, until=tx.now())
        again = service.scan(tx, world.model.id, since=since, until=tx.now())
        assert [item.id for item in first] == [item.id for item in again]
        assert tx.scalar("SELECT count(*) FROM ml_drift_metrics") == 3
        assert {alert.seen_count for alert in service.open_alerts(tx)} == {1}
        (psi, _, _) = service.alarm_table(tx, world.model.id)
        assert (psi.observations, psi.alarms) == (900, 2)

    def test_a_second_alarm_raises_the_open_alert(self, tx, world, since):
        world.traffic(900, since=since, hours=12, shift=0.5)
        middle = since + timedelta(hours=12)
        world.traffic(900, since=middle, hours=12, shift=2.0)
        service.scan(tx, world.model.id, since=since, until=middle)
        (before,) = [a for a in service.open_alerts(tx) if a.feature == "distance"]
        found = service.scan(tx, world.model.id, since=middle, until=tx.now())
        (after,) = [a for a in service.open_alerts(tx) if a.feature == "distance"]
        assert after.id == before.id
        assert (before.level, after.level) == (AlertLevel.WARNING, AlertLevel.CRITICAL)
        assert after.seen_count == 2
        assert after.first_seen_at == before.first_seen_at < after.last_seen_at
        subtypes = [
            event.event_subtype
            for event in events.list_events(tx, event_type="drift_alert").items
            if event.event_data["feature"] == "distance"
        ]
        assert subtypes == ["raised", "opened"]
        (distance,) = [item for item in found if item.feature == "distance"]
        assert distance.velocity > 0

    def test_too_few_rows_are_passed_over(self, tx, world, since):
        world.traffic(50, since=since, shift=3)
        assert service.scan(tx, world.model.id, since=since, until=tx.now()) == []

    def test_no_reference_says_so(self, tx, world):
        with pytest.raises(errors.NoReference):
            service.scan(tx, world.model.id, since=tx.now() - timedelta(days=1), until=tx.now())

    def test_a_window_that_ends_before_it_begins(self, tx, world):
        with pytest.raises(Invalid):
            service.scan(tx, world.model.id, since=tx.now(), until=tx.now())

    def test_a_constant_reference_is_stored_without_infinity(self, tx, world, since):
        matrix = np.zeros((400, 2), dtype=np.float32)
        service.set_reference(
            tx, world.version.id, names=list(NAMES), matrix=matrix, values=np.full(400, 0.5)
        )
        world.traffic(900, since=since)
        found = service.scan(tx, world.model.id, since=since, until=tx.now())
        assert {item.wasserstein for item in found} == {None}
        assert {item.alert_level for item in found} == {AlertLevel.CRITICAL}

    def test_heat_has_a_cell_for_each_day(self, tx, world, since):
        world.traffic(900, since=since, shift=1.5)
        service.scan(tx, world.model.id, since=since, until=tx.now())
        found = service.heat(tx, world.model.id, since=since, until=tx.now())
        assert found.days == [tx.now().date()]
        feature, values, levels = found.rows[0]
        assert feature in {"distance", "score"}
        assert values[0] > 0.35
        assert levels == ["critical"]


class TestLosses:
    def run(self, world, *, days=4, turned_after=2):
        tx = world.tx
        begin = tx.now() - timedelta(days=days)
        raised = []
        for day in range(days):
            since = begin + timedelta(days=day)
            rows, _ = world.traffic(500, since=since, hours=20)
            world.resolve(rows, turned=day >= turned_after)
            alert = service.observe_losses(tx, world.model.id, until=since + timedelta(hours=23))
            raised.append(alert)
        return raised

    def test_a_turned_truth_is_noticed(self, tx, world):
        raised = self.run(world)
        assert raised[:2] == [None, None]
        (alert,) = [each for each in raised if each]
        assert alert.detector == Detector.ADWIN
        assert alert.feature == "loss"
        assert "mean loss rose" in alert.message
        assert alert.score > 0.02
        (kind,) = tx.execute("SELECT DISTINCT drift_type FROM ml_drift_metrics").scalars()
        assert kind == "concept"

    def test_silent_stands_beside_it(self, tx, world):
        self.run(world)
        psi, adwin, silent = service.alarm_table(tx, world.model.id)
        assert (psi.observations, adwin.observations, silent.observations) == (0, 2000, 2000)
        assert silent.alarms == 0
        assert adwin.alarms >= 1
        assert adwin.per_1000 == pytest.approx(adwin.alarms / 2)

    def test_the_same_look_twice_feeds_nothing_twice(self, tx, world):
        self.run(world, days=2, turned_after=9)
        assert service.observe_losses(tx, world.model.id, until=tx.now()) is None
        assert service.alarm_table(tx, world.model.id)[1].observations == 1000

    def test_many_looks_are_one_look(self, tx, world):
        """The state survives: looked at daily or once, the detector is the same detector."""
        other = World(tx, name="once", seed=1)
        self.run(world)
        begin = tx.now() - timedelta(days=4)
        for day in range(4):
            rows, _ = other.traffic(500, since=begin + timedelta(days=day), hours=20)
            other.resolve(rows, turned=day >= 2)
        service.observe_losses(tx, other.model.id, until=tx.now())
        daily, once = (service.alarm_table(tx, w.model.id)[1] for w in (world, other))
        assert (daily.observations, daily.alarms) == (once.observations, once.alarms)
        assert daily.estimation == pytest.approx(once.estimation, abs=1e-12)
        states = tx.execute(
            "SELECT state, window_values FROM drift_detectors WHERE detector = 'adwin'"
        ).all()
        assert json.dumps(states[0][0]) == json.dumps(states[1][0])
        assert states[0][1] == states[1][1]

    def test_off_means_off(self, tx, world):
        service.change_watch(tx, world.model.id, adwin_enabled=False)
        assert self.run(world) == [None] * 4
        assert service.alarm_table(tx, world.model.id)[1].observations == 0

    @pytest.mark.parametrize(
        ("name", "value"),
        [("alpha", 0.0), ("thresholds", (0.3, 0.2, 0.1)), ("loss_cap", -1.0), ("volume", 11)],
    )
    def test_a_senseless_setting_is_refused(self, tx, world, name, value):
        with pytest.raises(errors.BadSetting) as info:
            service.change_watch(tx, world.model.id, **{name: value})
        assert info.value.field == name


class TestAlerts:
    @pytest.fixture
    def alert(self, tx, world):
        world.reference(tx.now() - timedelta(days=30))
        since = tx.now() - timedelta(days=1)
        world.traffic(900, since=since, shift=1.5)
        service.scan(tx, world.model.id, since=since, until=tx.now())
        return service.open_alerts(tx)[0]

    def test_acknowledged_stays_open(self, tx, alert):
        found = service.acknowledge(tx, alert.id)
        assert found.acknowledged_by == "tester"
        assert found.resolved_at is None

    def test_resolved_is_settled_once(self, tx, alert):
        assert service.resolve(tx, alert.id, reason="known storm").resolved_reason == "known storm"
        with pytest.raises(WrongStatus):
            service.resolve(tx, alert.id, reason="again")
        with pytest.raises(WrongStatus):
            service.acknowledge(tx, alert.id)

    def test_a_promotion_settles_all_and_the_next_alarm_opens_a_new_one(self, tx, world, alert):
        assert service.resolve_all(tx, world.model.id, reason="v1.1.0 went live") == 2
        assert service.open_alerts(tx) == []
        since = tx.now() - timedelta(hours=12)
        service.scan(tx, world.model.id, since=since, until=tx.now() - timedelta(hours=1))
        opened = {a.feature: a.id for a in service.open_alerts(tx)}
        assert opened[alert.feature] != alert.id

    def test_the_rival_sees_and_settles_nothing(self, tx, rival, world, alert):
        model_id, alert_id = world.model.id, alert.id
        with rival.tx() as other:
            assert service.open_alerts(other) == []
            assert service.resolve_all(other, model_id, reason="mine now") == 0
            assert other.scalar("SELECT count(*) FROM ml_drift_metrics") == 0
            assert other.scalar("SELECT count(*) FROM drift_references") == 0
            assert (
                service.heat(
                    other, model_id, since=other.now() - timedelta(days=9), until=other.now()
                ).rows
                == []
            )
            for call in (
                lambda: service.get_alert(other, alert_id),
                lambda: service.acknowledge(other, alert_id),
                lambda: service.status(other, model_id),
                lambda: service.observe_losses(other, model_id, until=other.now()),
            ):
                with pytest.raises(NotFound):
                    call()
        assert service.get_alert(tx, alert_id).acknowledged_at is None


def test_two_scans_at_once_write_one_set_of_rows(db):
    """A second process waits for the first and then finds its measurements."""
    from concurrent.futures import ThreadPoolExecutor

    tenant = db.tenant()
    database: Database = db.database()
    with database.tx(tenant) as tx:
        world = World(tx)
        world.reference(tx.now() - timedelta(days=30))
        since, until = tx.now() - timedelta(days=1), tx.now()
        world.traffic(900, since=since, shift=1.5)
        model_id = world.model.id

    def one(_):
        with database.tx(tenant) as tx:
            return len(service.scan(tx, model_id, since=since, until=until))

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(one, range(2))) == [3, 3]
    with database.tx(tenant) as tx:
        assert tx.scalar("SELECT count(*) FROM ml_drift_metrics") == 3
        assert {alert.seen_count for alert in service.open_alerts(tx)} == {1}
