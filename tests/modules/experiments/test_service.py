"""Champion against challenger on real predictions, and promises."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import lightgbm as lgb
import numpy as np
import pytest

from everlearn.core.errors import NotFound, WrongStatus
from everlearn.modules.events import service as events
from everlearn.modules.experiments import errors, service
from everlearn.modules.experiments.service.observing import make_bets
from everlearn.modules.experiments.types import (
    MOVES,
    Block,
    Decision,
    ExperimentStatus,
    Winner,
)
from everlearn.modules.features import service as features
from everlearn.modules.features.types import Entities, Numeric
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task, VersionStatus

NAMES = ("distance", "wind")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def truth(rng, x):
    p = 1 / (1 + np.exp(-(x[:, 0] + 1.5 * x[:, 1])))
    return (rng.random(len(x)) < p).astype(float)


def booster(rng, *, blind):
    """Fit on both features, or with the second one hidden."""
    x = rng.normal(size=(3000, 2)).astype(np.float32)
    y = truth(rng, x)
    if blind:
        x[:, 1] = 0
    params = {"objective": "binary", "num_leaves": 8, "num_threads": 1, "verbose": -1, "seed": 1}
    return lgb.train(params, lgb.Dataset(x, y), 30).model_to_string().encode()


class World:
    """A model with a live version, a challenger, and traffic with outcomes."""

    def __init__(self, tx, *, live="blind", other="seeing"):
        self.tx, self.rng = tx, np.random.default_rng(3)
        self.set = features.declare_set(tx, "delays", [Numeric(name) for name in NAMES])
        self.model = registry.ensure_model(
            tx, "delays", task=Task.BINARY, feature_set_id=self.set.id
        )
        fits = {"blind": booster(self.rng, blind=True), "seeing": booster(self.rng, blind=False)}
        self.champion, self.challenger = (self.register(fits[each]) for each in (live, other))
        registry.activate(tx, self.champion.id, reason="first", evidence={})
        self.count = 0

    def register(self, artifact):
        return registry.register_version(
            self.tx,
            self.model.id,
            artifact=artifact,
            feature_names=NAMES,
            params={},
            metrics={"log_loss": 0.5},
            trained_until=self.tx.now(),
        )

    def day(self, since, n=400):
        """Predict all day, each outcome known half an hour after its prediction."""
        tx = self.tx
        at = [since + timedelta(hours=24) / n * i for i in range(n)]
        ids = [f"e{self.count + i}" for i in range(n)]
        self.count += n
        x = self.rng.normal(size=(n, 2))
        fields = {name: x[:, i].tolist() for i, name in enumerate(NAMES)}
        rows = features.materialize(tx, self.set, Entities(ids, at, fields))
        predictions.predict_many(tx, self.model, rows, with_reasons=False)
        known = [moment + timedelta(minutes=30) for moment in at]
        predictions.write_outcomes(
            tx,
            self.model,
            entity_ids=ids,
            values=truth(self.rng, x),
            happened_at=known,
            known_at=known,
        )


@pytest.fixture
def world(tx):
    return World(tx)


def start(tx, world, **more):
    return service.start_shadow(
        tx, world.model.id, challenger_version_id=world.challenger.id, **more
    )


class TestStartShadow:
    def test_the_challenger_answers_unseen(self, tx, world):
        made = start(tx, world)
        assert (made.champion, made.challenger) == ("v1.0.0", "v1.1.0")
        assert made.status == ExperimentStatus.RUNNING
        assert registry.get_version(tx, world.challenger.id).status == VersionStatus.SHADOW
        assert [each.id for each in service.running(tx, world.model.id)] == [made.id]
        assert service.verdict(tx, made.id).decision == Decision.RUNNING
        (told,) = events.list_events(tx, event_type="experiment").items
        assert told.event_subtype == "started"

    def test_one_test_of_a_challenger_at_a_time(self, tx, world):
        start(tx, world)
        with pytest.raises(errors.AlreadyRunning):
            start(tx, world)

    def test_a_version_cannot_challenge_itself(self, tx, world):
        with pytest.raises(errors.SameVersion):
            service.start_shadow(tx, world.model.id, challenger_version_id=world.champion.id)

    @pytest.mark.parametrize("alpha", [0.0, 1.0, float("nan")])
    def test_senseless_alpha(self, tx, world, alpha):
        with pytest.raises(errors.BadSetting):
            start(tx, world, alpha=alpha)

    def test_evidence_before_the_first_block_is_json(self, tx, world):
        evidence = service.verdict(tx, start(tx, world).id).evidence()
        assert evidence["mean_difference"] is None
        json.dumps(evidence, allow_nan=False)


class TestObserve:
    def test_a_better_challenger_is_found(self, tx, clock, world):
        made = start(tx, world)
        for _ in range(6):
            world.day(tx.now())
            clock.advance(timedelta(days=1))
            verdict = service.observe(tx, made.id, until=tx.now())
            if verdict.decision != Decision.RUNNING:
                break
        assert verdict.decision == Decision.BETTER
        assert verdict.max_log_e >= verdict.log_threshold
        assert verdict.e_value >= 20
        assert verdict.lower < verdict.mean_difference < verdict.upper <= made.clip
        assert verdict.mean_difference > 0
        assert made.started_at < verdict.decided_at <= tx.now()
        assert verdict.decided_at == verdict.observed_until
        decided = [
            event
            for event in events.list_events(tx, event_type="experiment").items
            if event.event_subtype == "decided"
        ]
        assert len(decided) == 1

    def test_a_worse_one_ends_early(self, tx, clock):
        world = World(tx, live="seeing", other="blind")
        made = start(tx, world)
        for _ in range(6):
            world.day(tx.now())
            clock.advance(timedelta(days=1))
        verdict = service.observe(tx, made.id, until=tx.now())
        assert verdict.decision == Decision.NOT_BETTER
        assert verdict.mean_difference < 0

    def test_looking_often_and_once_gives_the_same(self, tx, clock, world):
        often = start(tx, world, alpha=1e-12)
        begin = tx.now()
        world.day(begin)
        clock.advance(timedelta(days=1))
        for hour in range(1, 24):
            service.observe(tx, often.id, until=begin + timedelta(hours=hour, minutes=7))
        a = service.observe(tx, often.id, until=tx.now())
        service.cancel(tx, often.id, reason="to compare")
        tx.execute(
            "UPDATE sequential_tests SET state = "
            "state || jsonb_build_object('n', 0, 'total', 0, 'total_squares', 0, 'variation', 0,"
            " 'max_log_e', 0, 'log_wealth', to_jsonb(array_fill(0.0, ARRAY[20]))),"
            " watermark = :begin, outcome_count = 0",
            {"begin": begin},
        )
        tx.execute("UPDATE ab_testing_experiments SET status = 'running'")
        b = service.observe(tx, often.id, until=tx.now())
        assert (a.n, a.n_rows) == (b.n, b.n_rows)
        assert a.log_e == pytest.approx(b.log_e, abs=1e-9)
        assert a.mean_difference == pytest.approx(b.mean_difference, abs=1e-12)

    def test_only_complete_blocks_count(self, tx, world):
        made = start(tx, world)
        world.day(tx.now())
        half = service.observe(tx, made.id, until=made.started_at + timedelta(hours=2, minutes=59))
        assert (half.n, half.n_rows) == (0, 0)
        full = service.observe(tx, made.id, until=made.started_at + timedelta(hours=3))
        assert full.n == 1
        assert full.observed_until == made.started_at + timedelta(hours=3)

    def test_a_second_look_adds_nothing(self, tx, clock, world):
        made = start(tx, world)
        world.day(tx.now(), n=100)
        clock.advance(timedelta(days=1))
        first = service.observe(tx, made.id, until=tx.now())
        assert service.observe(tx, made.id, until=tx.now()) == first
        assert len(service.history(tx, made.id)) == first.n

    def test_history_ends_with_the_verdict(self, tx, clock, world):
        made = start(tx, world)
        world.day(tx.now())
        clock.advance(timedelta(days=1))
        verdict = service.observe(tx, made.id, until=tx.now())
        points = service.history(tx, made.id)
        assert points[-1].log_e == pytest.approx(verdict.log_e)
        assert points[-1].mean_difference == pytest.approx(verdict.mean_difference)
        assert points[-1].n_rows == verdict.n_rows
        assert [point.at for point in points] == sorted(point.at for point in points)

    def test_row_by_row(self, tx, clock, world):
        made = start(tx, world, block=Block.ROW)
        world.day(tx.now(), n=300)
        clock.advance(timedelta(days=1, hours=1))
        verdict = service.observe(tx, made.id, until=tx.now())
        assert verdict.n == verdict.n_rows
        assert len(service.history(tx, made.id)) <= 26

    def test_outcomes_from_before_the_start_do_not_count(self, tx, clock, world):
        registry.set_status(tx, world.challenger.id, VersionStatus.SHADOW)
        world.day(tx.now() - timedelta(days=1))
        made = start(tx, world)
        clock.advance(timedelta(hours=3))
        verdict = service.observe(tx, made.id, until=tx.now())
        # the last predictions of that day were resolved within the half hour after the start
        assert verdict.n_rows <= 9

    def test_the_rival_sees_nothing(self, tx, rival, world):
        made = start(tx, world)
        with rival.tx() as other:
            assert service.list_experiments(other) == []
            assert service.running(other, world.model.id) == []
            assert other.scalar("SELECT count(*) FROM sequential_tests") == 0
            for call in (
                lambda: service.get(other, made.id),
                lambda: service.observe(other, made.id, until=other.now()),
                lambda: service.history(other, made.id),
                lambda: service.conclude(other, made.id, winner="champion", reason="mine"),
                lambda: service.start_shadow(
                    other, world.model.id, challenger_version_id=world.challenger.id
                ),
            ):
                with pytest.raises(NotFound):
                    call()
        assert service.get(tx, made.id).status == ExperimentStatus.RUNNING


class TestConclude:
    def test_a_loser_is_archived(self, tx, world):
        made = start(tx, world)
        done = service.conclude(tx, made.id, winner="champion", reason="not better in 30 days")
        assert (done.status, done.winner) == (ExperimentStatus.COMPLETED, Winner.CHAMPION)
        assert registry.get_version(tx, world.challenger.id).status == VersionStatus.ARCHIVED
        assert service.running(tx, world.model.id) == []

    def test_a_winner_waits_for_its_activation(self, tx, world):
        made = start(tx, world)
        service.conclude(tx, made.id, winner=Winner.CHALLENGER, reason="better")
        registry.activate(tx, world.challenger.id, reason="better", evidence={})
        assert registry.live_version(tx, world.model.id).id == world.challenger.id

    @pytest.mark.parametrize("first", ["conclude", "cancel"])
    def test_ends_once(self, tx, world, first):
        made = start(tx, world)
        if first == "conclude":
            service.conclude(tx, made.id, winner="champion", reason="enough")
        else:
            service.cancel(tx, made.id, reason="enough")
        with pytest.raises(WrongStatus) as info:
            service.conclude(tx, made.id, winner="challenger", reason="or not")
        assert info.value.facts["allowed"] == []

    def test_the_database_knows_the_same_words(self):
        assert set(MOVES) == set(ExperimentStatus)
        ends = {status for status, moves in MOVES.items() if not moves}
        assert ends == {ExperimentStatus.COMPLETED, ExperimentStatus.CANCELLED}


class TestPromise:
    def promise(self, tx, world, loss):
        return service.start_promise(
            tx, world.model.id, version_id=world.champion.id, promised_loss=loss, margin=0.02
        )

    def run(self, tx, clock, world, days=30):
        verdict = None
        for _ in range(days):
            world.day(tx.now(), n=120)
            clock.advance(timedelta(days=1))
            verdict = service.observe_promise(
                tx, world.model.id, version_id=world.champion.id, until=tx.now()
            )
            if verdict.decision != Decision.RUNNING:
                break
        return verdict

    def test_a_broken_promise_is_found(self, tx, clock, world):
        self.promise(tx, world, loss=0.3)
        verdict = self.run(tx, clock, world)
        assert verdict.decision == Decision.WORSE
        assert verdict.mean_difference > 0.1

    def test_a_kept_one_is_not(self, tx, clock, world):
        self.promise(tx, world, loss=0.75)
        verdict = self.run(tx, clock, world, days=10)
        assert verdict.decision == Decision.RUNNING
        assert verdict.mean_difference < 0

    def test_twice_is_once_and_a_new_version_ends_it(self, tx, world):
        first = self.promise(tx, world, loss=0.5)
        assert self.promise(tx, world, loss=0.5).id == first.id
        other = service.start_promise(
            tx, world.model.id, version_id=world.challenger.id, promised_loss=0.4
        )
        assert service.get(tx, first.id).status == ExperimentStatus.CANCELLED
        assert service.get(tx, other.id).status == ExperimentStatus.RUNNING
        assert service.running(tx, world.model.id) == []  # shadow tests only

    def test_none_is_none(self, tx, world):
        args = {"version_id": world.champion.id, "until": tx.now()}
        assert service.observe_promise(tx, world.model.id, **args) is None


class TestBets:
    def us(self, *minutes):
        return np.array([int(m * 60e6) for m in minutes], dtype=np.int64)

    def test_the_end_of_a_block_belongs_to_it(self):
        bets = make_bets(np.array([1.0, 3.0, 5.0]), self.us(1, 60, 61), Block.HOUR)
        assert [bet.values.tolist() for bet in bets] == [[2.0], [5.0]]
        assert [bet.at for bet in bets] == [EPOCH + timedelta(hours=h) for h in (1, 2)]

    def test_rows_are_bet_on_one_by_one(self):
        bets = make_bets(np.array([1.0, 3.0, 5.0]), self.us(1, 60, 61), Block.ROW)
        assert [bet.values.tolist() for bet in bets] == [[1.0, 3.0], [5.0]]
        assert bets[-1].at == EPOCH + timedelta(minutes=61)

    def test_nothing(self):
        assert make_bets(np.array([]), self.us(), Block.DAY) == []


@pytest.mark.parametrize(("hours", "block"), [(2, Block.THREE_HOURS), (24, Block.DAY)])
def test_equal_models_that_share_shocks_are_seldom_told_apart(hours, block):
    """Row by row a shock shared for hours is taken for evidence; averaged over blocks it is not."""
    from everlearn.modules.experiments.maths.eprocess import better_than_champion
    from everlearn.modules.experiments.types import CLIPS

    rng = np.random.default_rng(5)
    wrong = {Block.ROW: 0, block: 0}
    runs, days, n = 40, 30, 240
    at = (np.arange(days * n) * (1440 / n) * 60e6).astype(np.int64)
    size = n * hours // 24
    for _ in range(runs):
        shock = np.repeat(rng.normal(0, 0.12 * 3 / np.sqrt(size), days * n // size), size)
        d = rng.normal(0, 0.12, days * n) + shock
        for each in wrong:
            bets = np.concatenate([bet.values for bet in make_bets(d, at, each)])
            wrong[each] += better_than_champion(clip=CLIPS[each]).update_many(bets).rejects(0.05)
    assert wrong[block] <= 0.05 * runs < wrong[Block.ROW]
