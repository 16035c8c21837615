from __future__ import annotations

import hashlib
import threading
from datetime import timedelta
from functools import lru_cache
from uuid import UUID, uuid4

import lightgbm
import numpy as np
import pytest

from everlearn.core.errors import Duplicate, EverlearnError, Invalid, WrongStatus
from everlearn.core.tx import Tx
from everlearn.modules.registry import errors, service
from everlearn.modules.registry.types import MOVES, DeploymentStatus, Task, VersionStatus

NAMES = ("speed", "crew")


@lru_cache
def model_text(seed: int = 1) -> bytes:
    rows = np.random.default_rng(seed).normal(size=(80, 2))
    data = lightgbm.Dataset(rows, rows[:, 0] > 0, feature_name=list(NAMES))
    params = {"verbose": -1, "objective": "binary", "num_threads": 1}
    return lightgbm.train(params, data, 3).model_to_string().encode()


def add_version(tx: Tx, model_id: UUID, *, seed: int = 1, **more):
    given = {
        "artifact": model_text(seed),
        "feature_names": NAMES,
        "params": {"num_leaves": 31},
        "metrics": {"log_loss": 0.41, "auc": 0.77},
        "trained_until": tx.now(),
    }
    return service.register_version(tx, model_id, **{**given, **more})


@pytest.fixture
def model(tx):
    return service.ensure_model(tx, "delays", task=Task.BINARY, params={"rounds": 50})


def promote(tx, version, reason="better on the same traffic"):
    return service.activate(tx, version.id, reason=reason, evidence={"log_e": 4.2})


def count(tx, table, where="true", **params):
    return tx.scalar(
        f"SELECT count(*) FROM {table} WHERE tenant_id = app.tenant_id() AND {where}", params
    )


class TestEnsureModel:
    def test_called_again_it_gives_the_same_model(self, tx, model):
        again = service.ensure_model(tx, "delays", task=Task.BINARY)
        assert again == model
        assert service.list_models(tx) == [model]

    def test_new_params_are_taken_for_the_next_version(self, tx, model):
        version = add_version(tx, model.id)
        feature_set = uuid4()
        changed = service.ensure_model(
            tx, "delays", task=Task.BINARY, feature_set_id=feature_set, params={"rounds": 9}
        )
        assert (changed.params, changed.feature_set_id) == ({"rounds": 9}, feature_set)
        assert service.get_version(tx, version.id).params == {"num_leaves": 31}
        assert service.get_version(tx, version.id).feature_set_id is None

    @pytest.mark.usefixtures("model")
    def test_another_task_is_refused(self, tx):
        with pytest.raises(errors.OtherTask) as caught:
            service.ensure_model(tx, "delays", task=Task.REGRESSION)
        assert caught.value.facts == {"stored": "binary", "got": "regression"}

    @pytest.mark.parametrize("name", ["", "a/b", "ä", "-x", "a b", "x" * 129])
    def test_a_name_that_does_not_fit_an_address_is_refused(self, tx, name):
        with pytest.raises(Invalid) as caught:
            service.ensure_model(tx, name, task=Task.BINARY)
        assert caught.value.field == "name"

    def test_both_names_of_the_requirements_are_readable(self, tx, model):
        promote(tx, add_version(tx, model.id))
        row = tx.execute("SELECT name, model_name, performance_metrics FROM v_ml_models").one()
        assert row == ("delays", "delays", {"log_loss": 0.41, "auc": 0.77})


class TestGetModel:
    def test_by_name_and_by_id(self, tx, model):
        assert service.get_model(tx, "delays") == service.get_model(tx, model.id) == model

    @pytest.mark.parametrize("key", ["nothing", uuid4()])
    def test_an_unknown_one_is_not_found(self, tx, key):
        with pytest.raises(errors.UnknownModel):
            service.get_model(tx, key)

    def test_the_other_tenant_sees_nothing(self, model, rival):
        with rival.tx() as theirs:
            assert service.list_models(theirs) == []
            with pytest.raises(errors.UnknownModel):
                service.get_model(theirs, model.id)


class TestRegisterVersion:
    def test_versions_count_up_and_keep_what_was_given(self, tx, model):
        first = add_version(tx, model.id)
        second = add_version(
            tx,
            model.id,
            seed=2,
            parent_version_id=first.id,
            promised_loss=0.41,
            categorical={"crew": ["a", "b"]},
        )
        assert [v.version for v in service.list_versions(tx, model.id)] == ["v1.1.0", "v1.0.0"]
        assert second.parent_version_id == first.id
        assert second.status == VersionStatus.DRAFT
        assert second.artifact_sha256 == hashlib.sha256(model_text(2)).hexdigest()
        assert second.feature_names == NAMES
        assert second.categorical == {"crew": ["a", "b"]}
        assert second.metrics == {"log_loss": 0.41, "auc": 0.77}
        stored = tx.execute(
            "SELECT metric_type, metric_name, metric_value FROM model_metrics"
            " WHERE model_version_id = :id ORDER BY metric_name",
            {"id": second.id},
        ).all()
        assert stored == [("ranking", "auc", 0.77), ("loss", "log_loss", 0.41)]

    def test_the_same_bytes_are_stored_once(self, tx, model):
        add_version(tx, model.id)
        add_version(tx, model.id)
        assert count(tx, "artifacts") == 1
        assert count(tx, "model_versions") == 2

    def test_an_event_is_written(self, tx, model):
        add_version(tx, model.id)
        assert count(tx, "learning_events", "event_type = 'model_registration'") == 1

    def test_a_version_text_that_is_taken_is_a_duplicate(self, tx, model):
        add_version(tx, model.id, version="v2.0.0")
        with pytest.raises(Duplicate), tx.savepoint():
            add_version(tx, model.id, version="v2.0.0")
        assert len(service.list_versions(tx, model.id)) == 1

    def test_one_training_job_makes_one_version(self, tx, model):
        job = uuid4()
        made = add_version(tx, model.id, training_job_id=job)
        with pytest.raises(Duplicate), tx.savepoint():
            add_version(tx, model.id, training_job_id=job)
        assert service.find_version(tx, model.id, training_job_id=job) == made

    @pytest.mark.parametrize(
        ("names", "field"),
        [
            (("speed",), "feature_names"),
            (("speed", "crew", "delay"), "feature_names"),
            (("speed", "speed"), "feature_names"),
            (("", "crew"), "feature_names"),
            ((), "feature_names"),
            (("crew", "speed"), "feature_names[0]"),
        ],
    )
    def test_feature_names_that_do_not_fit_are_refused(self, tx, model, names, field):
        with pytest.raises(errors.UnfittingFeatures) as caught:
            add_version(tx, model.id, feature_names=names)
        assert caught.value.field == field
        assert count(tx, "model_versions") == count(tx, "artifacts") == 0

    def test_bytes_that_are_no_model_text_are_refused(self, tx, model):
        with pytest.raises(errors.UnreadableArtifact):
            add_version(tx, model.id, artifact=b"\x80\x04pickle")

    def test_a_metric_that_is_no_number_is_refused(self, tx, model):
        with pytest.raises(Invalid) as caught:
            add_version(tx, model.id, metrics={"auc": float("nan")})
        assert caught.value.field == "metrics.auc"

    def test_it_is_not_born_active(self, tx, model):
        with pytest.raises(WrongStatus):
            add_version(tx, model.id, status=VersionStatus.ACTIVE)

    def test_a_parent_of_another_model_is_refused(self, tx, model):
        other = service.ensure_model(tx, "other", task=Task.BINARY)
        parent = add_version(tx, other.id)
        with pytest.raises(Invalid) as caught:
            add_version(tx, model.id, parent_version_id=parent.id)
        assert caught.value.field == "parent_version_id"

    def test_for_the_model_of_another_tenant_it_is_not_found(self, model, rival):
        with rival.tx() as theirs, pytest.raises(errors.UnknownModel):
            add_version(theirs, model.id)


class TestActivate:
    def test_without_a_version_nothing_is_live(self, tx, model):
        with pytest.raises(errors.NoLiveVersion) as caught:
            service.live_version(tx, model.id)
        assert "training start delays" in (caught.value.hint or "")
        assert service.find_live_version(tx, model.id) is None

    def test_the_swap_lands_whole(self, tx, model, clock):
        first, second = add_version(tx, model.id), add_version(tx, model.id, seed=2)
        promote(tx, first)
        clock.advance(timedelta(days=3))
        made = promote(tx, second)

        assert service.live_version(tx, model.id).id == second.id
        assert service.get_version(tx, first.id).status == VersionStatus.SUPERSEDED
        assert [d.version for d in service.deployments(tx, model.id)] == ["v1.0.0", "v1.1.0"]
        old, new = service.deployments(tx, model.id)
        assert old.ended_at == new.deployed_at == clock.now()
        assert (old.status, new.status) == (DeploymentStatus.SUPERSEDED, DeploymentStatus.DEPLOYED)
        assert new == made
        assert (new.replaced_version, new.evidence) == ("v1.0.0", {"log_e": 4.2})
        assert service.get_model(tx, "delays").live_version == "v1.1.0"
        assert count(tx, "learning_events", "event_type = 'model_promotion'") == 2
        assert count(tx, "audit_logs", "resource_type = 'model'") == 2

    def test_the_active_one_again_changes_nothing(self, tx, model):
        version = add_version(tx, model.id)
        assert promote(tx, version) == promote(tx, version)
        assert count(tx, "model_deployments") == 1
        assert count(tx, "audit_logs", "resource_type = 'model'") == 1

    def test_a_refused_swap_leaves_no_trace(self, tx, model):
        live, archived = add_version(tx, model.id), add_version(tx, model.id, seed=2)
        promote(tx, live)
        service.set_status(tx, archived.id, VersionStatus.ARCHIVED)
        with pytest.raises(WrongStatus), tx.savepoint():
            promote(tx, archived)
        assert service.live_version(tx, model.id).id == live.id
        assert count(tx, "model_deployments") == 1

    def test_a_version_of_another_tenant_is_not_found(self, tx, model, rival):
        version = add_version(tx, model.id)
        with rival.tx() as theirs, pytest.raises(errors.UnknownVersion):
            promote(theirs, version)
        assert service.find_live_version(tx, model.id) is None


class TestRollback:
    def test_it_goes_back_step_by_step_until_nothing_is_left(self, tx, model):
        versions = [add_version(tx, model.id, seed=i) for i in (1, 2, 3)]
        for version in versions:
            promote(tx, version)
        back = service.rollback(tx, model.id, reason="worse than promised", evidence={"n": 900})
        assert back.version == "v1.1.0"
        assert service.get_version(tx, versions[2].id).status == VersionStatus.ROLLED_BACK
        assert service.deployments(tx, model.id)[2].status == DeploymentStatus.ROLLED_BACK
        assert count(tx, "learning_events", "event_type = 'model_rollback'") == 1

        again = service.rollback(tx, model.id, reason="worse still", evidence={})
        assert again.version == "v1.0.0"
        with pytest.raises(errors.ShortHistory):
            service.rollback(tx, model.id, reason="and more", evidence={})
        assert service.live_version(tx, model.id).version == "v1.0.0"

    def test_after_a_rollback_and_a_promotion_it_passes_over_the_rolled_back(self, tx, model):
        one, two, three = (add_version(tx, model.id, seed=i) for i in (1, 2, 3))
        promote(tx, one)
        promote(tx, two)
        service.rollback(tx, model.id, reason="worse", evidence={})
        promote(tx, three)
        found = service.find_previous(tx, model.id)
        assert found is not None
        assert found.id == one.id

    def test_a_former_one_that_runs_in_shadow_may_answer_again(self, tx, model):
        one, two = add_version(tx, model.id), add_version(tx, model.id, seed=2)
        promote(tx, one)
        promote(tx, two)
        service.set_status(tx, one.id, VersionStatus.SHADOW)
        assert service.rollback(tx, model.id, reason="worse", evidence={}).id == one.id

    def test_without_a_live_version_there_is_nothing_to_leave(self, tx, model):
        with pytest.raises(errors.NoLiveVersion):
            service.rollback(tx, model.id, reason="?", evidence={})


class TestSetStatus:
    @pytest.mark.parametrize("to", VersionStatus)
    def test_a_draft_moves_as_the_table_says(self, tx, model, to):
        version = add_version(tx, model.id)
        allowed = MOVES[VersionStatus.DRAFT] - {VersionStatus.ACTIVE} | {VersionStatus.DRAFT}
        if to in allowed:
            assert service.set_status(tx, version.id, to).status == to
        else:
            with pytest.raises(WrongStatus):
                service.set_status(tx, version.id, to)

    def test_the_active_one_is_not_moved_by_hand(self, tx, model):
        version = add_version(tx, model.id)
        promote(tx, version)
        with pytest.raises(WrongStatus):
            service.set_status(tx, version.id, VersionStatus.ARCHIVED)

    def test_every_status_is_reachable_and_only_archived_is_final(self):
        reached = set().union(*MOVES.values()) | {VersionStatus.DRAFT}
        assert reached == set(VersionStatus) == set(MOVES)
        assert [s for s, to in MOVES.items() if not to] == [VersionStatus.ARCHIVED]

    def test_versions_are_found_by_status(self, tx, model):
        one, two = add_version(tx, model.id), add_version(tx, model.id, seed=2)
        service.set_status(tx, two.id, VersionStatus.SHADOW)
        found = service.versions_in(tx, model.id, VersionStatus.SHADOW)
        assert [v.id for v in found] == [two.id]
        both = service.versions_in(tx, model.id, VersionStatus.SHADOW, VersionStatus.DRAFT)
        assert [v.id for v in both] == [two.id, one.id]


class TestArtifacts:
    def test_the_bytes_come_back(self, tx, model):
        version = add_version(tx, model.id)
        text = service.load_artifact(tx, version.id)
        assert text == model_text()
        booster = lightgbm.Booster(model_str=text.decode())
        assert booster.predict(np.zeros((1, 2)), num_threads=1).shape == (1,)

    def test_the_app_role_cannot_change_them(self, tx, model):
        add_version(tx, model.id)
        with pytest.raises(EverlearnError), tx.savepoint():
            tx.execute("UPDATE registry.artifacts SET content = ''::bytea")

    def test_another_tenants_are_not_found(self, tx, model, rival):
        version = add_version(tx, model.id)
        with rival.tx() as theirs, pytest.raises(errors.UnknownVersion):
            service.load_artifact(theirs, version.id)


class TestWithRealCommits:
    @pytest.fixture
    def home(self, db):
        """Give two drafts of one model, committed."""
        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as tx:
            model = service.ensure_model(tx, "delays", task=Task.BINARY)
            versions = [add_version(tx, model.id, seed=i) for i in (1, 2)]
        return database, tenant, model, versions

    @pytest.mark.parametrize("damage", ["set_byte(content, 9, get_byte(content, 9) # 32)", "'x'"])
    def test_a_damaged_artifact_is_named_and_never_activated(self, db, home, damage):
        database, tenant, model, (first, second) = home
        with database.tx(tenant) as tx:
            promote(tx, first)
        with db.database("owner").tx(tenant) as owner:
            owner.execute(
                f"UPDATE registry.artifacts SET content = {damage} WHERE sha256 = :sha",
                {"sha": second.artifact_sha256},
            )
        with database.tx(tenant) as tx, pytest.raises(errors.ArtifactCorrupt) as caught:
            service.load_artifact(tx, second.id)
        assert caught.value.facts["version"] == "v1.1.0"
        assert caught.value.facts["expected"] == second.artifact_sha256
        assert caught.value.facts["found"] != second.artifact_sha256
        with pytest.raises(errors.ArtifactCorrupt), database.tx(tenant) as tx:
            promote(tx, second)
        with database.tx(tenant) as tx:
            assert service.live_version(tx, model.id).id == first.id

    def test_two_activations_at_once_leave_one_active(self, home):
        database, tenant, model, versions = home
        start = threading.Barrier(2)

        def swap(version):
            start.wait(10)
            with database.tx(tenant) as tx:
                promote(tx, version)

        threads = [threading.Thread(target=swap, args=(v,)) for v in versions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        with database.tx(tenant) as tx:
            spans = service.deployments(tx, model.id)
            live = service.live_version(tx, model.id)
            assert count(tx, "model_versions", "is_active") == 1
        assert [span.ended_at is None for span in spans] == [False, True]
        assert spans[1].version_id == live.id
        assert spans[1].replaced_version == spans[0].version
