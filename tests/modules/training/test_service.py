from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import numpy as np
import pytest

from everlearn.core import jobs
from everlearn.core.errors import WrongStatus
from everlearn.core.jobs import JobStatus
from everlearn.core.testing.plugin import ACTOR, TEST_TIME
from everlearn.modules.datasets import service as datasets
from everlearn.modules.features import service as features
from everlearn.modules.features.types import Categorical, Entities, Numeric
from everlearn.modules.registry import errors as registry_errors
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task, VersionStatus
from everlearn.modules.training import errors, service
from everlearn.modules.training.service import fitting
from everlearn.modules.training.types import TriggerReason

PARAMS = {
    "label": {"source": "arrivals", "value": "late"},
    "holdout_days": 20,
    "rounds": 20,
    "min_rows": 100,
    "lightgbm": {"num_leaves": 7},
}
FEATURES = [Numeric("distance"), Categorical("carrier")]


def write_history(tx, *, n=400, label_delay=timedelta(hours=30), name="late", one_class=False):
    """Store vectors of the last 100 days and the truth about them, known `label_delay` later."""
    rng = np.random.default_rng(5)
    features.declare_source(tx, "arrivals", dims=[], values=[name])
    feature_set = features.declare_set(tx, "flights", FEATURES)
    made = [TEST_TIME - timedelta(days=100) * (1 - i / n) - timedelta(hours=40) for i in range(n)]
    distance = rng.normal(size=n)
    carrier = rng.choice(["AA", "UA", "WN"], n)
    odds = distance + np.where(carrier == "AA", 2.0, -1.0)
    late = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(float)
    if one_class:
        late[:] = 0.0
    ids = [f"flight-{i}" for i in range(n)]
    entities = Entities(ids, made, {"distance": distance, "carrier": carrier.tolist()})
    features.materialize(tx, feature_set, entities)
    features.record_facts(
        tx,
        "arrivals",
        entity_ids=ids,
        event_at=made,
        known_at=[at + label_delay for at in made],
        values={name: late},
    )
    return feature_set


def make_model(tx, *, task=Task.BINARY, params=None, **history):
    feature_set = write_history(tx, **history)
    return registry.ensure_model(
        tx, "delays", task=task, feature_set_id=feature_set.id, params=params or PARAMS
    )


def start(tx, model, **params):
    return service.start(tx, model.id, reason=TriggerReason.MANUAL, params=params)


@pytest.fixture
def model(tx):
    return make_model(tx)


@pytest.fixture
def work(database, tenant):
    """Run a queued training job to its end and give it back."""

    def run(job):
        jobs.run(database, tenant_id=tenant, run_id=job.run_id, clock=database.clock)
        with database.tx(tenant, actor=ACTOR) as tx:
            return service.get_job(tx, job.id)

    return run


def count(tx, table, where="true"):
    return tx.scalar(f"SELECT count(*) FROM {table} WHERE tenant_id = app.tenant_id() AND {where}")


class TestStart:
    def test_the_job_is_there_with_what_it_is_to_do(self, tx, model):
        job = start(tx, model, rounds=7)
        assert (job.status, job.reason, job.progress) == (JobStatus.QUEUED, "manual", 0.0)
        assert job.config["rounds"] == 7
        assert job.config["lightgbm"] == {"num_leaves": 7}
        assert service.list_jobs(tx) == service.list_jobs(tx, model_id=model.id) == [job]
        assert service.list_jobs(tx, model_id=uuid4()) == []

    def test_while_one_is_open_no_second_one_is_queued(self, tx, model):
        assert start(tx, model).id == start(tx, model).id
        assert count(tx, "ml_training_jobs") == count(tx, "job_runs") == 1

    def test_two_models_train_beside_each_other(self, tx, model):
        other = registry.ensure_model(
            tx, "gates", task=Task.BINARY, feature_set_id=model.feature_set_id, params=PARAMS
        )
        assert start(tx, model).id != start(tx, other).id

    def test_a_model_without_a_feature_set_is_refused(self, tx):
        bare = registry.ensure_model(tx, "bare", task=Task.BINARY, params=PARAMS)
        with pytest.raises(errors.NoFeatureSet):
            start(tx, bare)
        assert count(tx, "job_runs") == 0

    @pytest.mark.parametrize(
        ("params", "field"),
        [
            ({"depth": 3}, "params.depth"),
            ({"label": "late"}, "params.label"),
            ({"label": {"source": "arrivals"}}, "params.label"),
            ({"rounds": 0}, "params.rounds"),
            ({"rounds": 2.5}, "params.rounds"),
            ({"holdout_days": -1}, "params.holdout_days"),
            ({"holdout_days": None}, "params.holdout_days"),
            ({"holdout_days": float("nan")}, "params.holdout_days"),
            ({"half_life_days": 0}, "params.half_life_days"),
            ({"window_days": 20}, "params.window_days"),
            ({"lightgbm": []}, "params.lightgbm"),
        ],
    )
    def test_bad_params_name_their_field(self, tx, model, params, field):
        with pytest.raises(errors.BadParams) as caught:
            start(tx, model, **params)
        assert caught.value.field == field

    def test_for_a_model_of_another_tenant_it_is_not_found(self, model, rival):
        with rival.tx() as theirs, pytest.raises(registry_errors.UnknownModel):
            start(theirs, model)

    def test_a_job_of_another_tenant_is_not_found(self, tx, model, rival):
        job = start(tx, model)
        with rival.tx() as theirs:
            assert service.list_jobs(theirs) == []
            with pytest.raises(errors.UnknownJob):
                service.get_job(theirs, job.id)


class TestState:
    def test_it_counts_what_was_started_and_not_cancelled(self, tx, model, work):
        assert service.state_of(tx, model.id).count == 0
        assert service.state_of(tx, model.id).last_started_at is None
        job = start(tx, model)
        state = service.state_of(tx, model.id)
        assert (state.count, state.is_open, state.last_started_at) == (1, True, TEST_TIME)
        service.cancel(tx, job.id)
        assert service.state_of(tx, model.id).count == 0
        work(start(tx, model))
        state = service.state_of(tx, model.id)
        assert (state.count, state.is_open, state.last_status) == (1, False, JobStatus.COMPLETED)
        assert service.starts(tx, model.id) == [(TEST_TIME, TriggerReason.MANUAL)] * 2


class TestFit:
    def test_a_draft_is_registered_with_all_it_was_made_of(self, tx, model, work):
        done = work(start(tx, model))
        assert (done.status, done.progress, done.error) == (JobStatus.COMPLETED, 1.0, None)
        version = registry.get_version(tx, done.version_id)
        assert version.status == VersionStatus.DRAFT
        assert version.trained_until == done.as_of == TEST_TIME
        assert version.feature_names == ("distance", "carrier")
        assert version.metrics == done.metrics
        assert version.metrics["auc"] > 0.7
        assert version.promised_loss == version.metrics["log_loss"] < 0.69
        assert version.params["lightgbm"] == {"num_leaves": 7}
        assert version.training_job_id == done.id
        dataset = datasets.get(tx, version.dataset_id)
        assert dataset.sha256 == version.dataset_sha256 == done.dataset["sha256"]
        assert dataset.record_count == done.dataset["rows"] == 400
        assert done.dataset["rows_fit"] + done.dataset["rows_holdout"] < 400
        assert len(service.loss_history(tx, done.id)) == 20
        assert count(tx, "calibrations") == 1
        assert count(tx, "model_training_sessions", "status = 'completed'") == 1
        started = tx.scalar(
            "SELECT array_agg(event_subtype ORDER BY event_subtype) FROM learning_events"
            " WHERE tenant_id = app.tenant_id() AND event_type = 'model_training'"
        )
        assert started == ["completed", "started"]

    def test_the_clock_is_put_back_while_it_runs(self, tx, model, database, tenant):
        class Back:
            at = TEST_TIME

            def now(self):
                self.at -= timedelta(minutes=1)
                return self.at

        job = start(tx, model)
        jobs.run(database, tenant_id=tenant, run_id=job.run_id, clock=Back())
        assert service.get_job(tx, job.id).status == JobStatus.COMPLETED
        query = "SELECT training_end >= training_start FROM model_training_sessions"
        assert tx.scalar(query)

    def test_what_became_known_later_changes_nothing(self, tx, model, work):
        before = work(start(tx, model))
        features.record_facts(
            tx,
            "arrivals",
            entity_ids=["flight-3", "flight-399"],
            event_at=[TEST_TIME - timedelta(days=90), TEST_TIME],
            known_at=[TEST_TIME + timedelta(seconds=1)] * 2,
            values={"late": [1.0, 0.0]},
        )
        after = work(start(tx, model))
        assert after.id != before.id
        assert after.dataset["sha256"] == before.dataset["sha256"]
        texts = {registry.load_artifact(tx, job.version_id) for job in (before, after)}
        assert len(texts) == 1
        assert count(tx, "artifacts") == count(tx, "training_datasets") == 1

    def test_the_next_one_has_the_live_one_as_its_parent(self, tx, model, work):
        first = work(start(tx, model))
        registry.activate(tx, first.version_id, reason="first", evidence={})
        second = work(start(tx, model, rounds=10))
        assert registry.get_version(tx, second.version_id).parent_version_id == first.version_id
        assert registry.live_version(tx, model.id).id == first.version_id

    def test_a_window_leaves_older_rows_out(self, tx, model, work):
        done = work(start(tx, model, window_days=50, half_life_days=10, min_rows=50))
        assert done.status == JobStatus.COMPLETED, done.error
        assert 150 < done.dataset["rows"] < 210

    def test_without_a_refit_the_measured_text_is_kept(self, tx, model, work):
        whole = work(start(tx, model))
        measured = work(start(tx, model, refit=False))
        assert measured.metrics == whole.metrics
        shas = {registry.get_version(tx, j.version_id).artifact_sha256 for j in (whole, measured)}
        assert len(shas) == 2

    def test_a_regression_is_measured_by_its_squared_error(self, tx, work):
        model = make_model(tx, task=Task.REGRESSION)
        done = work(start(tx, model))
        assert set(done.metrics) == {"mse", "rmse", "mae"}
        version = registry.get_version(tx, done.version_id)
        assert version.promised_loss == done.metrics["mse"] < 0.25
        assert count(tx, "calibrations") == 0

    def test_the_same_job_twice_gives_one_version(self, tx, model, work, database, tenant):
        done = work(start(tx, model))
        tx.execute(
            "UPDATE operations.job_runs SET status = 'running'"
            " WHERE tenant_id = app.tenant_id() AND id = :id",
            {"id": done.run_id},
        )
        jobs.run(database, tenant_id=tenant, run_id=done.run_id, clock=database.clock)
        assert len(registry.list_versions(tx, model.id)) == 1


class TestFailing:
    @pytest.mark.parametrize(
        ("history", "params", "said"),
        [
            ({"n": 40}, {}, "100 are needed"),
            ({}, {"min_rows": 5000}, "5000 are needed"),
            ({}, {"min_holdout": 5000}, "to measure on"),
            ({"one_class": True}, {}, "are the same"),
            ({"label_delay": timedelta(days=300)}, {}, "there are 0 rows"),
            ({}, {"lightgbm": {"num_leaves": -3}}, "num_leaves"),
        ],
    )
    def test_it_says_why_and_registers_nothing(self, tx, work, history, params, said):
        model = make_model(tx, **history)
        done = work(start(tx, model, **params))
        assert done.status == JobStatus.FAILED
        assert said in done.error
        assert done.version_id is None
        assert registry.list_versions(tx, model.id) == []
        assert count(tx, "ml_training_jobs", "status = 'failed'") == 1
        assert count(tx, "learning_events", "event_subtype = 'failed'") == 1

    def test_afterwards_it_may_be_started_again(self, tx, model, work):
        failed = work(start(tx, model, min_rows=5000))
        done = work(start(tx, model))
        assert (failed.status, done.status) == (JobStatus.FAILED, JobStatus.COMPLETED)


class TestCancel:
    def test_one_that_waits_ends_at_once(self, tx, model, work):
        cancelled = service.cancel(tx, start(tx, model).id)
        assert cancelled.status == JobStatus.CANCELLED
        assert work(cancelled).status == JobStatus.CANCELLED
        assert registry.list_versions(tx, model.id) == []
        with pytest.raises(WrongStatus):
            service.cancel(tx, cancelled.id)

    def test_one_that_runs_ends_between_two_rounds(self, tx, model, work, monkeypatch):
        job = start(tx, model)
        show = fitting.show_round

        def show_then_cancel(inner, begun, *, done, total):
            show(inner, begun, done=done, total=total)
            if done == 10:
                service.cancel(inner, job.id)

        monkeypatch.setattr(fitting, "show_round", show_then_cancel)
        assert work(job).status == JobStatus.CANCELLED
        session = tx.execute(
            "SELECT status, current_epoch FROM model_training_sessions"
            " WHERE tenant_id = app.tenant_id()"
        ).one()
        assert session == ("cancelled", 10)
        assert registry.list_versions(tx, model.id) == []


class Killed(BaseException):
    """The process is gone: nothing of it runs any more."""


class TestKilled:
    @pytest.mark.parametrize(
        "step", ["begin", "read", "fit_and_measure", "show_round", "fit_whole", "save"]
    )
    def test_run_again_it_makes_one_version_of_the_same_bytes(self, db, monkeypatch, step):
        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as tx:
            model = make_model(tx)
            job = start(tx, model)
        whole = getattr(fitting, step)

        def dies(*args, **kwargs):
            whole(*args, **kwargs)
            raise Killed

        run = {"tenant_id": tenant, "run_id": job.run_id, "clock": db.clock}
        with monkeypatch.context() as patch:
            patch.setattr(fitting, step, dies)
            with pytest.raises(Killed):
                jobs.run(database, **run)
        with database.tx(tenant) as tx:
            assert service.get_job(tx, job.id).status == JobStatus.RUNNING
            assert registry.list_versions(tx, model.id) == []
        db.clock.advance(timedelta(minutes=5))
        jobs.run(database, **run)
        with database.tx(tenant) as tx:
            done = service.get_job(tx, job.id)
            (version,) = registry.list_versions(tx, model.id)
            again = start(tx, model)
        assert done.status == JobStatus.COMPLETED
        assert done.version_id == version.id
        assert version.trained_until <= TEST_TIME + timedelta(minutes=5)
        jobs.run(database, tenant_id=tenant, run_id=again.run_id, clock=db.clock)
        with database.tx(tenant) as tx:
            second = registry.get_version(tx, service.get_job(tx, again.id).version_id)
        assert second.artifact_sha256 == version.artifact_sha256
