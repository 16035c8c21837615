"""Client services: their views, what they take, and services that are added by a command."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from everlearn.core import migrate
from everlearn.core.errors import Forbidden, Invalid
from everlearn.core.ids import time_of, uuid7
from everlearn.modules.predictions import errors, service, tables
from everlearn.modules.predictions.tables import SERVICES
from everlearn.modules.predictions.types import FieldPart, FieldType

ASKED = {
    "code_roach_ml_predictions": "id project_id file_path prediction_type predicted_quality"
    " actual_quality code_metrics context model_version created_at",
    "oracle_ml_predictions": "id query knowledge_id predicted_quality predicted_relevance"
    " actual_quality actual_relevance context model_version created_at",
    "daisy_chain_ml_predictions": "id task_id task_type predicted_quality predicted_success"
    " actual_success context model_version created_at",
    "first_mate_ml_predictions": "id user_id roll_type stat_name stat_value modifier"
    " predicted_success actual_success context model_version created_at",
    "game_app_ml_predictions": "id session_id narrative_id predicted_quality actual_quality"
    " scenario_id roll_type context model_version created_at",
    "ai_gm_ml_predictions": "id response_id predicted_quality actual_quality context"
    " model_version created_at",
}
SAMPLES = {
    FieldType.TEXT: "some words",
    FieldType.UUID: uuid4(),
    FieldType.INTEGER: -3,
    FieldType.FLOAT: 0.25,
    FieldType.BOOLEAN: True,
    FieldType.JSON: '{"lines": [1, 2]}',
}
views = pytest.mark.parametrize("declared", SERVICES, ids=lambda each: each.service_name)


def put(tx, view, **values):
    names = ", ".join(values)
    marks = ", ".join(f":{name}" for name in values)
    statement = f"INSERT INTO {view} ({names}) VALUES ({marks}) RETURNING *"
    return tx.execute(statement, values).mappings().one()


def sample(declared, *, needed=False):
    return {
        field.name: field.values[0] if field.values else SAMPLES[field.type]
        for field in declared.fields
        if field.required or not needed
    }


def refused(tx, view, **values):
    with pytest.raises(Invalid) as caught, tx.savepoint():
        put(tx, view, **values)
    return caught.value


class TestViews:
    def test_there_is_one_for_each_service_with_the_columns_asked_for(self, tx):
        for view, columns in ASKED.items():
            found = list(tx.execute(f"SELECT * FROM {view}").keys())
            assert found[0] == "tenant_id"
            assert set(found[1:]) == set(columns.split())
        assert {each.view_name for each in SERVICES} == set(ASKED)
        assert service.list_services(tx) == sorted(SERVICES, key=lambda each: each.service_name)

    @views
    def test_a_whole_row_comes_back_as_it_was_written(self, tx, declared):
        sent = sample(declared)
        more = {"context": '{"why": "test"}', "model_version": "v3-advanced"}
        given = put(tx, declared.view_name, **sent, **more)
        read = tx.execute(f"SELECT * FROM {declared.view_name}").mappings().one()
        assert dict(read) == dict(given)
        expected = sent | {"context": {"why": "test"}, "model_version": "v3-advanced"}
        expected |= {"code_metrics": {"lines": [1, 2]}} if "code_metrics" in sent else {}
        assert {name: read[name] for name in expected} == expected
        assert read["created_at"] == tx.scalar("SELECT now()")

    @views
    def test_only_what_is_needed(self, tx, declared):
        given = put(tx, declared.view_name, **sample(declared, needed=True))
        assert given["context"] == {}
        found = service.get(tx, given["id"])
        assert (found.service_name, found.kind) == (declared.service_name, "service")
        assert found.value == 0.25
        assert found.actual is None

    @views
    def test_each_needed_column_is_named(self, tx, declared):
        sent = sample(declared, needed=True)
        for name in sent:
            rest = {other: value for other, value in sent.items() if other != name}
            assert refused(tx, declared.view_name, **(rest or {"context": "{}"})).field == name

    @views
    def test_numbers_are_finite(self, tx, declared):
        for field in declared.fields:
            if field.type is FieldType.FLOAT:
                sent = sample(declared, needed=True) | {field.name: float("nan")}
                error = refused(tx, declared.view_name, **sent)
                assert f"{declared.view_name}.{field.name} must be a finite" in error.message

    @pytest.mark.parametrize(
        ("view", "column", "words"),
        [
            ("code_roach_ml_predictions", "prediction_type", "code-quality, fix-success"),
            ("first_mate_ml_predictions", "roll_type", "dice, action"),
        ],
    )
    def test_words(self, tx, view, column, words):
        (declared,) = [each for each in SERVICES if each.view_name == view]
        error = refused(tx, view, **(sample(declared, needed=True) | {column: "magic"}))
        assert error.message == f"{view}.{column} must be one of {words}"

    def test_the_outcome_is_written_with_it_or_told_later(self, tx):
        at_once = put(
            tx, "daisy_chain_ml_predictions", predicted_quality=0.5, predicted_success=0.8,
            actual_success=False,
        )  # fmt: skip
        found = service.get(tx, at_once["id"])
        assert (found.value, found.actual, found.loss) == (0.8, 0.0, pytest.approx(0.64))
        later = put(tx, "oracle_ml_predictions", predicted_quality=0.5, predicted_relevance=0.1)
        service.write_client_outcome(
            tx,
            later["id"],
            kind=service.get(tx, later["id"]).kind,
            value=0.75,
            happened_at=tx.now(),
            known_at=tx.now(),
            further={"actual_relevance": 0.2},
        )
        read = tx.execute("SELECT * FROM oracle_ml_predictions").mappings().one()
        assert (read["actual_quality"], read["actual_relevance"]) == (0.75, 0.2)
        seen = tx.execute("SELECT error FROM v_predictions WHERE id = :id", {"id": later["id"]})
        assert seen.scalar() == 0.25

    def test_late_rows_find_their_month(self, tx):
        at = tx.scalar("SELECT now()") - timedelta(days=400)
        given = put(tx, "ai_gm_ml_predictions", predicted_quality=1, created_at=at)
        assert abs(time_of(given["id"]) - at) < timedelta(milliseconds=2)
        mine = uuid7(at - timedelta(days=300))
        assert put(tx, "ai_gm_ml_predictions", id=mine, predicted_quality=1)["id"] == mine

    def test_an_id_without_a_time_is_refused(self, tx):
        error = refused(tx, "ai_gm_ml_predictions", id=uuid4(), predicted_quality=1)
        assert "ai_gm_ml_predictions.id must be a version 7 uuid" in error.message

    def test_what_is_said_twice_must_agree(self, tx):
        sent = {"predicted_quality": 0.5, "predicted_relevance": 0.1, "query": "why"}
        put(tx, "oracle_ml_predictions", **sent, context='{"query": "why"}')
        error = refused(tx, "oracle_ml_predictions", **sent, context='{"query": "how"}')
        assert "oracle_ml_predictions.query is given twice" in error.message

    def test_a_row_of_ml_predictions_is_seen_and_nonsense_in_it_breaks_nothing(self, tx):
        put(tx, "oracle_ml_predictions", predicted_quality=0.5, predicted_relevance=0.1)
        tx.execute(
            "INSERT INTO ml_predictions (service_name, prediction_type, predicted_value, context)"
            """ VALUES ('oracle', 'quality', 0.9, '{"query": "why", "knowledge_id": "none"}')"""
        )
        found = tx.execute(
            "SELECT query, knowledge_id FROM oracle_ml_predictions WHERE predicted_quality = 0.9"
        ).one()
        assert tuple(found) == ("why", None)

    def test_another_tenant_sees_nothing_and_writes_in_nobodys_name(self, tx, rival):
        mine = tx.tenant_id
        put(tx, "ai_gm_ml_predictions", predicted_quality=0.5)
        with rival.tx() as other:
            assert other.execute("SELECT * FROM ai_gm_ml_predictions").all() == []
        with pytest.raises(Forbidden), rival.tx() as other:
            put(other, "ai_gm_ml_predictions", predicted_quality=0.5, tenant_id=mine)


class TestColumnsOfAnAddedService:
    def test_the_first_of_each_is_the_predictions_own(self):
        fields = service.parse_columns(
            [
                "p:float:predicted",
                "q:float:predicted",
                "a:boolean:actual",
                "b:float:actual",
                "c:uuid",
            ]
        )
        assert [field.part for field in fields] == [
            FieldPart.PREDICTED,
            FieldPart.CONTEXT,
            FieldPart.ACTUAL,
            FieldPart.FURTHER,
            FieldPart.CONTEXT,
        ]
        assert [field.required for field in fields] == [True, True, False, False, False]

    @pytest.mark.parametrize(
        "column",
        [
            "p",
            "p:float:guessed",
            "p:money",
            "P:float",
            "p q:float",
            'p":float',
            "id:uuid",
            "p:text:predicted",
            "p:uuid:actual",
            "p:float:actual:x",
            "x" * 64 + ":float",
        ],
    )
    def test_bad(self, column):
        with pytest.raises(errors.BadService) as caught:
            service.parse_columns(["fine:float:predicted", column])
        assert caught.value.field == "column[1]"

    def test_twice_or_nothing_predicted(self):
        with pytest.raises(errors.BadService, match="twice"):
            service.parse_columns(["a:text", "a:uuid"])
        with pytest.raises(errors.BadService, match="what is predicted"):
            service.parse_columns(["a:text"])


class TestAddedService:
    COLUMNS = ("--column", "invoice:uuid", "--column", "late:float:predicted",
               "--column", "was_late:boolean:actual")  # fmt: skip

    def test_from_the_command_to_its_end(self, cli, db):
        tenant = db.tenant("default")
        made = cli("predictions", "service", "add", "billing-bot", *self.COLUMNS, "--json")
        assert made.json()["view"] == "billing_bot_ml_predictions"
        listed = cli("predictions", "service", "list", "--json").json()
        assert [each["service"] for each in listed if each["added"]] == ["billing-bot"]
        with db.database().tx(tenant) as tx:
            given = put(tx, "billing_bot_ml_predictions", late=0.3, was_late=True)
            assert service.get(tx, given["id"]).prediction_type == "late"
        twice = cli("predictions", "service", "add", "billing-bot", *self.COLUMNS)
        assert twice.code == 4
        assert "already" in twice.err
        different = [step for step in migrate.differences(db.server) if "billing" in str(step)]
        assert different == []
        assert cli("predictions", "service", "remove", "billing-bot").code == 0
        with db.database().tx(tenant) as tx:
            assert tx.scalar("SELECT to_regclass('predictions.billing_bot_ml_predictions')") is None
            assert service.get(tx, given["id"]).actual == 1
        assert cli("predictions", "service", "remove", "billing-bot").code == 3

    def test_an_upgrade_makes_it_again(self, db):
        tenant = db.tenant()
        service.add_service(db.server, "billing-bot", columns=["late:float:predicted"])
        with db.database().tx(tenant) as tx:
            put(tx, "billing_bot_ml_predictions", late=0.3)
        with migrate.as_owner(db.server) as connection:
            tables.before_upgrade(connection)
            connection.commit()
        with db.database().tx(tenant) as tx:
            assert tx.scalar("SELECT to_regclass('predictions.billing_bot_ml_predictions')") is None
        migrate.upgrade(db.server)
        with db.database().tx(tenant) as tx:
            assert tx.scalar("SELECT late FROM billing_bot_ml_predictions") == 0.3

    @pytest.mark.parametrize("name", ["Bot", "bot_", "bot;drop", "", "-a", "b" * 49])
    def test_a_name_that_cannot_be(self, server, name):
        with pytest.raises(errors.BadService) as caught:
            service.add_service(server, name, columns=["late:float:predicted"])
        assert caught.value.field == "service_name"

    def test_a_name_that_is_taken(self, db):
        with pytest.raises(errors.ServiceExists) as caught:
            service.add_service(db.server, "oracle", columns=["late:float:predicted"])
        assert caught.value.facts["view"] == "oracle_ml_predictions"

    def test_the_app_may_not_change_what_was_added(self, tx):
        with pytest.raises(Forbidden), tx.savepoint():
            tx.execute(
                "INSERT INTO predictions.service_views (service_name, prediction_type, fields,"
                " declared) VALUES ('x', 'y', '[]', false)"
            )
