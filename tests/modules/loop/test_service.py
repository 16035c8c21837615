"""The loop over a small real world: what it decides, once, and what it never does."""

from __future__ import annotations

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from everlearn.core.errors import NotFound
from everlearn.modules.audit import service as audit
from everlearn.modules.drift import service as drift
from everlearn.modules.experiments import service as experiments
from everlearn.modules.loop import errors, service
from everlearn.modules.loop.service.policies import EVERY
from everlearn.modules.loop.types import Step
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.training import service as training
from everlearn.modules.training.types import TriggerReason
from tests.modules.loop.world import World

#: Bounds that are not made anew: they would soften what a changed world does to the loss.
STIFF = {"recalibrate_hours": 10_000}


@pytest.fixture
def make_world(database, tenant, clock):
    def make(**given):
        made = World(database, tenant, clock, **given)
        made.begin()
        return made

    return make


@pytest.fixture
def world(make_world):
    return make_world()


def kinds(steps):
    return [kind for kind, _ in steps]


class TestFirstVersion:
    def test_it_goes_live_with_a_reference(self, world):
        assert kinds(world.steps) == [Step.FIRST_VERSION]
        assert world.versions() == {"v1.0.0": "active"}
        with world.tx() as tx:
            assert drift.has_reference(tx, world.live().id)

    def test_nothing_happens_twice_for_the_same_moment(self, world):
        world.days(2)
        for _ in range(3):
            assert world.turn() == []

    def test_without_a_version_there_is_nothing_to_do(self, database, tenant, clock):
        assert World(database, tenant, clock).turn() == []

    def test_the_newest_of_several_drafts_goes_live(self, database, tenant, clock):
        world = World(database, tenant, clock)
        world.live_through(6)
        world.train()
        world.train()
        world.turn()
        assert world.versions() == {"v1.0.0": "archived", "v1.1.0": "active"}

    def test_a_policy_that_is_off_does_nothing(self, make_world):
        world = make_world(policy={"is_active": False})
        assert world.versions() == {"v1.0.0": "draft"}
        assert world.turn() == []


class TestChallengers:
    def test_a_better_one_is_promoted_and_answers_next(self, world):
        world.days(2)
        world.sign = -1.0
        world.days(5)
        world.train()
        assert Step.SHADOW_STARTED in kinds(world.day())
        why = world.until(Step.PROMOTED)
        assert "less than v1.0.0" in why
        assert world.versions() == {"v1.0.0": "superseded", "v1.1.0": "active"}
        with world.tx() as tx:
            *_, deployment = registry.deployments(tx, world.model.id)
            assert deployment.version == "v1.1.0"
            assert deployment.evidence["decision"] == "better"
            assert deployment.evidence["e_value"] >= 20
            answer = predictions.predict(
                tx, "churn", entity_id="next", features={"age": 2.0, "visits": 0.0}
            )
            assert answer.version == "v1.1.0"
            assert answer.value < 0.3  # the world is the other way round now
            assert drift.open_alerts(tx, model_id=world.model.id) == []
            assert audit.verify_chain(tx) is None
            said = tx.scalar(
                "SELECT action_details->>'reason' FROM audit.audit_logs"
                " WHERE tenant_id = app.tenant_id() AND resource_type = 'model'"
                " ORDER BY seq DESC LIMIT 1"
            )
        assert said in why
        promoted = "SELECT count(*) FROM events.learning_events WHERE event_type = :type"
        assert world.one(promoted, type="model_promotion") == 2

    def test_one_that_is_not_better_is_dropped_in_time(self, world):
        world.days(2)
        world.train()
        world.until(Step.SHADOW_STARTED, most=1)
        why = world.until(Step.CHALLENGER_DROPPED, most=6)
        assert "v1.1.0: not shown to be better in 6 days" in why
        assert world.versions() == {"v1.0.0": "active", "v1.1.0": "archived"}

    def test_one_that_is_worse_is_dropped_at_once(self, world):
        world.sign = -1.0
        world.days(8)
        world.train()  # it learned the world turned round
        world.sign = 1.0
        world.until(Step.SHADOW_STARTED, most=1)
        why = world.until(Step.CHALLENGER_DROPPED, most=4)
        assert "v1.1.0: worse than v1.0.0 at alpha 0.05" in why

    def test_the_one_that_waits_longest_stays_while_newer_ones_come(self, world):
        for _ in range(3):
            world.train()
            world.day()
        shadows = [v for v, status in world.versions().items() if status == "shadow"]
        assert shadows == ["v1.3.0", "v1.1.0"]
        assert world.versions()["v1.2.0"] == "archived"

    def test_a_test_starts_anew_when_somebody_activates_another_version(self, world):
        world.train()
        world.day()
        world.train()
        world.day()
        with world.tx() as tx:
            chosen = registry.named_version(tx, world.model, "v1.1.0")
            registry.activate(tx, chosen.id, reason="by hand", evidence={})
        assert kinds(world.turn())[0] == Step.SHADOW_STARTED
        with world.tx() as tx:
            (test,) = experiments.running(tx, world.model.id)
        assert (test.champion, test.challenger) == ("v1.1.0", "v1.2.0")
        assert world.versions()["v1.0.0"] == "superseded"


class TestPromise:
    @pytest.fixture
    def promoted(self, make_world):
        world = make_world(policy={"keep_baseline": True})
        world.sign = -1.0
        world.days(6)
        world.train()
        world.until(Step.PROMOTED)
        return world

    def test_worse_than_promised_is_rolled_back(self, promoted):
        promoted.days(2)
        promoted.sign = 1.0
        why = promoted.until(Step.ROLLED_BACK)
        assert "v1.1.0 loses" in why
        assert promoted.versions() == {"v1.0.0": "active", "v1.1.0": "rolled_back"}
        with promoted.tx() as tx:
            *_, deployment = registry.deployments(tx, promoted.model.id)
        assert (deployment.kind, deployment.version) == ("rollback", "v1.0.0")
        assert deployment.evidence["decision"] == "worse"
        assert promoted.turn() == []
        assert Step.ROLLED_BACK not in kinds(promoted.days(3))

    def test_a_kept_promise_ends(self, promoted):
        with promoted.tx() as tx:
            service.change_policy(tx, promoted.model.id, promise_days=4)
        promoted.days(5)
        promoted.sign = 1.0  # the world's doing, and too late to blame the version
        assert Step.ROLLED_BACK not in kinds(promoted.days(5))

    def test_broken_without_a_way_back_asks_for_a_training(self, make_world):
        world = make_world(policy={"retrain_on_drift": True} | STIFF)
        world.days(2)
        world.sign = -1.0
        with world.tx() as tx:  # else drift alone would do
            drift.change_watch(tx, world.model.id, adwin_enabled=False, psi_enabled=False)
        why = world.until(Step.TRAINING_STARTED)
        assert why == "the live version broke its promise"
        assert world.live().version == "v1.0.0"

    def test_the_baseline_goes_on_in_shadow_and_comes_back_live(self, promoted):
        assert promoted.versions() == {"v1.0.0": "shadow", "v1.1.0": "active"}
        shadow = "SELECT count(*) FROM predictions.ml_predictions WHERE role = 'shadow'"
        before = promoted.one(shadow)
        promoted.days(8)  # longer than a challenger has
        assert promoted.one(shadow) == before + 8 * 48
        assert promoted.versions()["v1.0.0"] == "shadow"
        promoted.sign = 1.0
        promoted.until(Step.ROLLED_BACK)
        assert promoted.versions()["v1.0.0"] == "active"

    def test_the_baseline_keeps_the_bounds_that_it_came_with(self, promoted):
        promoted.days(6)
        made = "SELECT count(*) FROM predictions.calibrations WHERE model_version_id = :id"
        baseline = promoted.policy_now().baseline_version_id
        until_now = promoted.one(made, id=baseline)
        live = promoted.one(made, id=promoted.live().id)
        promoted.days(3)
        assert promoted.one(made, id=baseline) == until_now
        assert promoted.one(made, id=promoted.live().id) == live + 3

    def test_switched_off_the_baseline_is_archived(self, promoted):
        with promoted.tx() as tx:
            service.change_policy(tx, promoted.model.id, keep_baseline=False)
        promoted.turn()
        assert promoted.versions()["v1.0.0"] == "archived"


class TestTraining:
    def test_a_drift_alert_starts_one_once(self, make_world):
        world = make_world(policy={"retrain_on_drift": True} | STIFF)
        with world.tx() as tx:
            drift.change_watch(tx, world.model.id, psi_enabled=False)
        world.days(4)
        world.sign = -1.0
        why = world.until(Step.TRAINING_STARTED)
        assert why.startswith("adwin: mean loss rose")
        with world.tx() as tx:
            newest = training.list_jobs(tx, model_id=world.model.id)[0]
            assert newest.reason == TriggerReason.DRIFT_DETECTED
        assert Step.TRAINING_STARTED not in kinds(world.days(2))  # it is queued
        world.run_training()
        assert Step.TRAINING_STARTED not in kinds([*world.turn(), *world.turn()])

    def test_the_loop_finds_its_way_alone(self, make_world):
        world = make_world(policy={"retrain_on_drift": True})
        world.days(3)
        world.sign = -1.0
        for _ in range(15):
            steps = kinds(world.day())
            if Step.TRAINING_STARTED in steps:
                world.run_training()
            if Step.PROMOTED in steps:
                break
        else:
            pytest.fail(f"nothing was promoted: {world.steps}")
        with world.tx() as tx:
            assert drift.open_alerts(tx, model_id=world.model.id) == []

    def test_an_alert_too_soon_after_a_training_is_not_forgotten(self, make_world):
        world = make_world(policy={"retrain_on_drift": True, "min_days_between": 90})
        world.shift = 2.0
        world.until(Step.DRIFT_ALERT)
        world.day()
        assert Step.TRAINING_STARTED not in kinds(world.steps)
        with world.tx() as tx:
            service.change_policy(tx, world.model.id, min_days_between=1)
        assert kinds(world.turn()) == [Step.TRAINING_STARTED]

    def test_a_feature_that_moved_is_found_and_answered_once(self, make_world):
        world = make_world(policy={"retrain_on_drift": True, "shadow_days": 2})
        world.shift = 2.0
        why = world.until(Step.TRAINING_STARTED)
        assert why.startswith("psi: ")
        world.run_training()
        world.days(8)
        with world.tx() as tx:
            assert training.state_of(tx, world.model.id).count == 2

    def test_few_rows_are_gathered_until_they_say_something(self, world):
        assert Step.SCANNED not in kinds(world.days(4))  # 192 rows, 200 are asked for
        assert Step.SCANNED in kinds(world.days(1))

    def test_the_schedule_starts_one(self, make_world):
        world = make_world(policy={"retrain_every_days": 3})
        assert Step.TRAINING_STARTED not in kinds(world.days(2))
        assert (Step.TRAINING_STARTED, "3 days after the last one") in world.day()
        assert Step.TRAINING_STARTED not in kinds(world.days(1))

    def test_no_more_than_max_trainings(self, make_world):
        world = make_world(policy={"retrain_every_days": 2, "max_trainings": 2})
        for _ in range(9):
            if Step.TRAINING_STARTED in kinds(world.day()):
                world.run_training()
        with world.tx() as tx:
            assert training.state_of(tx, world.model.id).count == 2

    def test_a_failed_one_is_tried_again(self, world):
        world.clock.advance(timedelta(seconds=1))
        with world.tx() as tx:
            training.start(
                tx, world.model.id, reason=TriggerReason.MANUAL, params={"min_rows": 10**6}
            )
        world.run_training()
        steps = world.days(2)
        assert (Step.TRAINING_STARTED, "the last one failed") in steps

    def test_one_that_cannot_start_stops_nothing_else(self, make_world):
        world = make_world(policy={"retrain_every_days": 2})
        world.train()
        with world.tx() as tx:
            registry.ensure_model(
                tx, "churn", task=world.model.task, params={**world.model.params, "rounds": "many"}
            )
        steps = world.days(3)
        assert Step.SHADOW_STARTED in kinds(steps)
        assert Step.TRAINING_STARTED not in kinds(steps)


def test_bounds_are_made_anew_from_outcomes(make_world):
    world = make_world(policy={"recalibrate_hours": 48})
    assert Step.RECALIBRATED not in kinds(world.days(4))  # fewer than 200 outcomes
    assert kinds(world.days(4)).count(Step.RECALIBRATED) == 2


class TestPolicies:
    def test_a_change_is_in_the_audit_log(self, tx, world):
        service.change_policy(tx, world.model.id, alpha=0.01)
        row = tx.execute(
            "SELECT action_type, action_details FROM audit.audit_logs"
            " WHERE tenant_id = app.tenant_id() AND resource_type LIKE '%loop_policies'"
            " ORDER BY seq DESC LIMIT 1"
        ).one()
        assert row.action_type == "update"
        assert "alpha" in str(row.action_details)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"alpha": 0.0},
            {"alpha": 1.0},
            {"alpha": None},
            {"shadow_days": 0},
            {"min_days_between": -1},
            {"rollback_margin": float("nan")},
            {"baseline_version_id": None},
            {"colour": "red"},
        ],
    )
    def test_what_makes_no_sense(self, tx, world, wrong):
        with pytest.raises(errors.BadPolicy) as caught:
            service.change_policy(tx, world.model.id, **wrong)
        assert caught.value.field == next(iter(wrong))
        with pytest.raises(errors.BadPolicy):
            service.ensure_policy(tx, world.model.id, **wrong)

    def test_made_once(self, tx, world):
        before = service.get_policy(tx, world.model.id)
        assert service.ensure_policy(tx, world.model.id, alpha=0.2) == before

    def test_unknown(self, tx, world):
        model = registry.ensure_model(tx, "other", task=world.model.task)
        with pytest.raises(errors.UnknownPolicy, match="other"):
            service.turn(tx, model.id)

    def test_the_rival_sees_and_touches_nothing(self, rival, world):
        with rival.tx() as tx:
            assert service.find_policy(tx, world.model.id) is None
            with pytest.raises(NotFound):
                service.turn(tx, world.model.id)
            with pytest.raises(NotFound):
                service.ensure_policy(tx, world.model.id)
            with pytest.raises(NotFound):
                service.change_policy(tx, world.model.id, alpha=0.5)
        assert world.policy_now().alpha == 0.05


def job_runs(world):
    with world.tx() as tx:
        return tx.execute(
            "SELECT id, status FROM operations.job_runs WHERE tenant_id = app.tenant_id()"
            " AND name = 'loop.turn' ORDER BY id"
        ).all()


class TestJob:
    def run(self, world):
        newest = job_runs(world)[-1].id
        world.run_job(newest)
        return newest

    def test_it_turns_and_queues_the_next(self, database, tenant, clock):
        world = World(database, tenant, clock)
        world.live_through(6)
        world.train()
        self.run(world)
        assert world.versions() == {"v1.0.0": "active"}
        assert [line.status for line in job_runs(world)] == ["completed", "queued"]

    def test_run_twice_it_queues_one(self, world):
        first = self.run(world)
        n = len(job_runs(world))
        world.clock.advance(timedelta(seconds=1))
        with world.tx() as tx:
            service.schedule(tx, world.model.id)
        assert len(job_runs(world)) == n
        assert first != job_runs(world)[-1].id

    def test_without_a_policy_it_ends(self, world):
        with world.tx() as tx:
            tx.execute("DELETE FROM loop.loop_policies WHERE tenant_id = app.tenant_id()")
        self.run(world)
        assert job_runs(world)[-1].status == "completed"

    def test_models_take_turns_at_moments_of_their_own(self, tx, world):
        at = tx.scalar(
            "SELECT key FROM operations.job_runs WHERE tenant_id = app.tenant_id()"
            " AND name = 'loop.turn' ORDER BY id DESC LIMIT 1"
        )
        assert at.startswith(f"loop:{world.model.id}:")
        assert timedelta(minutes=5) == EVERY


def test_two_turns_at_once_do_not_double(db):
    world = World(db.database(), db.tenant(), db.clock)
    world.live_through(6)
    world.train()
    steps, start = [], Barrier(2)

    def turn():
        database = db.database()
        with database.tx(world.tenant, clock=db.clock) as tx:
            start.wait()
            steps.extend(service.turn(tx, world.model.id).steps)

    def both():
        threads = [Thread(target=turn) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    both()
    assert kinds(steps) == [Step.FIRST_VERSION]
    steps.clear()
    world.train()
    both()
    assert kinds(steps) == [Step.SHADOW_STARTED]
    with world.tx() as tx:
        assert len(registry.deployments(tx, world.model.id)) == 1
        assert len(experiments.running(tx, world.model.id)) == 1


@pytest.fixture
def committed(db):
    """Give a world with a live version in a database of its own, and a way to damage artifacts."""
    world = World(db.database(), db.tenant(), db.clock)
    world.begin()

    def damage(status):
        with db.database("owner").tx(world.tenant) as owner:
            owner.execute(
                "UPDATE registry.artifacts SET content = 'broken' WHERE tenant_id = :tenant"
                " AND id IN (SELECT artifact_id FROM registry.model_versions"
                " WHERE tenant_id = :tenant AND status = :status)",
                {"tenant": world.tenant, "status": status},
            )

    return world, damage


def test_a_damaged_challenger_is_dropped_and_the_loop_goes_on(committed):
    world, damage = committed
    world.train()
    damage("draft")
    assert kinds(world.turn()) == [Step.CHALLENGER_DROPPED]
    assert world.versions() == {"v1.0.0": "active", "v1.1.0": "archived"}


def test_the_job_queues_the_next_turn_even_when_it_fails(committed):
    world, damage = committed
    with world.tx() as tx:
        made = registry.register_version(
            tx,
            world.model.id,
            artifact=registry.load_artifact(tx, world.live().id) + b"\n",
            feature_names=world.set.names,
            params={},
            metrics={},
            dataset_id=None,
            dataset_sha256=None,
            trained_until=tx.now(),
        )
        registry.activate(tx, made.id, reason="by hand", evidence={})
    damage("active")  # nothing can be asked, nor compared with what it learned
    world.clock.advance(timedelta(days=2))
    before = job_runs(world)
    world.run_job(before[-1].id)
    *_, failed, queued = job_runs(world)
    assert (failed.id, failed.status) == (before[-1].id, "failed")
    assert queued.status == "queued"
