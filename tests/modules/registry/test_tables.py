from __future__ import annotations

from uuid import UUID

import pytest

from everlearn.core import resource
from everlearn.core.errors import Conflict, Duplicate, Forbidden, Invalid
from everlearn.core.testing.make import make
from everlearn.core.tx import Actor
from everlearn.modules.registry import service
from everlearn.modules.registry.tables import CustomModel, Model, ModelDeployment, ModelVersion
from everlearn.modules.registry.types import Task
from everlearn.modules.tenancy.tables import User

SEALED = {
    "api_key_encrypted": "kP3vX0n7c2Fh9wQmT4yLrB8sZ1dJ6uEoGaVi5KxNbMc=",
    "api_key_iv": "7c2Fh9wQmT4y",
    "encryption_key_id": "master-1",
}


def insert(tx, table: str, **values) -> dict:
    names = ", ".join(values)
    query = f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{n}' for n in values)})"
    return dict(tx.execute(f"{query} RETURNING *", values).mappings().one())


def change(tx, table: str, row_id: UUID, **values) -> dict:
    to = ", ".join(f"{name} = :{name}" for name in values)
    query = f"UPDATE {table} SET {to} WHERE id = :id RETURNING *"
    return dict(tx.execute(query, {"id": row_id, **values}).mappings().one())


class TestModelsOfClients:
    def test_a_name_and_a_version_are_enough(self, tx):
        made = insert(tx, "ml_models", name="smells", version="1.0", model_type="optimization")
        assert (made["model_name"], made["model_id"]) == ("smells", str(made["id"]))
        assert (made["status"], made["metrics"], made["task"]) == ("training", {}, None)

    def test_metrics_come_under_either_name(self, tx):
        old = insert(
            tx, "ml_models", name="a", version="1", model_type="x", performance_metrics='{"f1": 1}'
        )
        new = insert(
            tx,
            "ml_models",
            model_id="b-1",
            model_name="b",
            version="1",
            model_type="lstm",
            parameters="{}",
            metrics='{"accuracy": 0.9}',
            status="retired",
        )
        assert old["metrics"] == old["performance_metrics"] == {"f1": 1}
        assert (new["model_id"], new["name"]) == ("b-1", "b")
        assert new["metrics"] == new["performance_metrics"] == {"accuracy": 0.9}

    @pytest.mark.parametrize("name", ["name", "model_name"])
    @pytest.mark.parametrize("metrics", ["metrics", "performance_metrics"])
    def test_a_change_of_either_name_is_a_change_of_both(self, tx, name, metrics):
        made = insert(tx, "ml_models", name="a", version="1", model_type="x")
        now = change(tx, "ml_models", made["id"], **{name: "z", metrics: '{"f1": 0.5}'})
        assert now["name"] == now["model_name"] == "z"
        assert now["metrics"] == now["performance_metrics"] == {"f1": 0.5}

    def test_a_name_has_many_versions_each_of_them_once(self, tx):
        for version in ("1.0", "1.1"):
            insert(tx, "ml_models", name="a", version=version, model_type="x")
        with pytest.raises(Duplicate), tx.savepoint():
            insert(tx, "ml_models", name="a", version="1.1", model_type="x")

    def test_a_model_without_a_task_needs_a_version(self, tx):
        with pytest.raises(Invalid, match="recorded_version"), tx.savepoint():
            insert(tx, "ml_models", name="a", model_type="x")

    def test_they_are_not_among_the_models_served_here(self, tx):
        insert(tx, "ml_models", name="delays", version="1", model_type="x")
        mine = service.ensure_model(tx, "delays", task=Task.BINARY)
        assert service.ensure_model(tx, "delays", task=Task.BINARY) == mine
        assert service.list_models(tx) == [mine]

    def test_a_status_nobody_knows_is_refused(self, tx):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, Model, status="sleeping")
        assert caught.value.field == "status"
        assert set(caught.value.facts["allowed"]) == {
            *("training", "active", "deprecated", "archived", "retired", "failed")
        }


class TestVersionsOfClients:
    def test_a_model_name_is_enough(self, tx):
        made = insert(
            tx,
            "model_versions",
            model_name="intents",
            version="1.0",
            model_type="intent_classifier",
            training_strategy="fine_tuned",
            file_path="models/intents.bin",
            is_active=True,
        )
        assert (made["model_id"], made["model_path"]) == ("intents", "models/intents.bin")
        assert (made["status"], made["is_active"]) == ("active", True)
        assert (made["ml_model_id"], made["artifact_id"]) == (None, None)

    def test_a_model_id_is_enough(self, tx):
        made = insert(tx, "model_versions", model_id="m", version="v1.0.0", model_path="a/b")
        assert (made["model_name"], made["file_path"]) == ("m", "a/b")
        assert (made["status"], made["is_active"]) == ("draft", False)

    def test_status_and_path_change_under_either_name(self, tx):
        made = insert(tx, "model_versions", model_name="m", version="1")
        on = change(tx, "model_versions", made["id"], is_active=True, file_path="x")
        off = change(tx, "model_versions", made["id"], is_active=False)
        again = change(tx, "model_versions", made["id"], status="active", model_path="y")
        assert (on["status"], on["model_path"]) == ("active", "x")
        assert off["status"] == "superseded"
        assert (again["is_active"], again["file_path"]) == (True, "y")

    def test_one_of_a_name_is_active(self, tx):
        insert(tx, "model_versions", model_name="m", version="1", is_active=True)
        with pytest.raises(Conflict) as caught, tx.savepoint():
            insert(tx, "model_versions", model_name="m", version="2", is_active=True)
        assert caught.value.code == "registry.second_active_version"

    def test_a_version_of_a_name_is_there_once(self, tx):
        insert(tx, "model_versions", model_name="m", version="1")
        with pytest.raises(Duplicate), tx.savepoint():
            insert(tx, "model_versions", model_name="m", version="1")

    def test_they_do_not_answer_here(self, tx):
        mine = service.ensure_model(tx, "delays", task=Task.BINARY)
        insert(tx, "model_versions", model_name="delays", version="9", is_active=True)
        assert service.list_versions(tx, mine.id) == []
        assert service.find_live_version(tx, mine.id) is None

    @pytest.mark.parametrize("lost", ["ml_model_id", "number", "trained_until", "model_hash"])
    def test_one_with_an_artifact_is_whole(self, tx, lost):
        with pytest.raises(Invalid, match="can_answer"), tx.savepoint():
            make(tx, ModelVersion, **{lost: None})

    def test_a_deployment_needs_a_version_and_a_place(self, tx):
        version = insert(tx, "model_versions", model_name="m", version="1")["id"]
        for place in ("dev", "prod", "prod"):
            made = insert(tx, "model_deployments", model_version_id=version, environment=place)
            assert made["deployment_status"] == "pending"
        with pytest.raises(Invalid, match="made_here"), tx.savepoint():
            make(tx, ModelDeployment, deployment_notes=None)


class TestCustomModels:
    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("provider", "ftp"),
            ("model_id", "gpt"),
            ("endpoint_url", "models.example"),
            ("endpoint_url", "https://me:word@models.example/v1"),
            ("endpoint_url", "https://models.example/v1?api_key=abc"),
            ("headers", {"Authorization": "Bearer abc"}),
            ("headers", {"X-Api-Key": "abc"}),
            ("headers", ["x"]),
        ],
    )
    def test_what_is_no_endpoint_or_shows_a_secret_is_refused(self, tx, column, value):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, CustomModel, **{column: value})
        assert caught.value.field == column

    def test_plain_headers_and_parameters_are_taken(self, tx):
        made = make(
            tx,
            CustomModel,
            endpoint_url="https://models.example/v1?api-version=2024-02-01",
            headers={"X-Team": "search", "note": "no: key"},
        )
        assert made.provider == "openai-compatible"

    @pytest.mark.parametrize("clear", ["sk-proj-0123456789abcdef0123456789abcdef", "secret"])
    def test_a_key_in_clear_is_refused(self, tx, clear):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, CustomModel, **SEALED | {"api_key_encrypted": clear})
        assert caught.value.field == "api_key_encrypted"

    @pytest.mark.parametrize("lost", ["api_key_encrypted", "api_key_iv"])
    def test_a_sealed_key_is_whole(self, tx, lost):
        with pytest.raises(Invalid, match="sealed_whole"), tx.savepoint():
            make(tx, CustomModel, **SEALED | {lost: None})

    def test_the_key_is_neither_listed_nor_audited(self, tx):
        made = make(tx, CustomModel, **SEALED)
        (shown,) = resource.list_rows(tx, CustomModel).items
        assert shown["encryption_key_id"] == "master-1"
        assert not {"api_key_encrypted", "api_key_iv"} & set(shown)
        said = tx.scalar(
            "SELECT a::text FROM audit_logs AS a WHERE resource_id = :id",
            {"id": str(made.id)},
        )
        assert SEALED["api_key_encrypted"] not in said
        assert SEALED["api_key_iv"] not in said

    def test_others_see_the_public_ones_and_change_none(self, database, tenant):
        with database.tx(tenant) as tx:
            me, you = make(tx, User).id, make(tx, User).id
            for name, public in (("open", True), ("own", False)):
                make(tx, CustomModel, user_id=me, model_id=f"custom:{name}", is_public=public)
        for user, seen, changed in ((me, {"open", "own"}, 2), (you, {"open"}, 0)):
            with database.tx(tenant, actor=Actor("user", "x", user_id=user)) as tx:
                found = set(tx.execute("SELECT model_id FROM custom_models").scalars())
                assert found == {f"custom:{name}" for name in seen}
                query = "UPDATE custom_models SET is_active = false"
                assert tx.execute(query).rowcount == changed
        with (
            pytest.raises(Forbidden),
            database.tx(tenant, actor=Actor("user", "x", user_id=you)) as tx,
        ):
            make(tx, CustomModel, user_id=me, model_id="custom:forged")

    def test_a_name_is_there_once_for_a_user(self, tx):
        me = make(tx, User).id
        make(tx, CustomModel, user_id=me)
        make(tx, CustomModel, user_id=make(tx, User).id)
        with pytest.raises(Duplicate), tx.savepoint():
            make(tx, CustomModel, user_id=me)
