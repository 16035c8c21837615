"""What the tables of feedback take and refuse, from whoever writes to them by plain SQL."""

from __future__ import annotations

import pytest

from everlearn.core import partitions
from everlearn.core.errors import Duplicate, Invalid
from everlearn.core.testing.make import make
from everlearn.core.tx import Actor
from everlearn.modules.feedback import service
from everlearn.modules.feedback.errors import BadOutcome, ContradictingOutcome, SecondVerdict
from everlearn.modules.feedback.tables import MlFeedback, QualityFeedback
from everlearn.modules.predictions.errors import UnknownPrediction
from everlearn.modules.tenancy.tables import User

VIOLATION = (
    "INSERT INTO ml_predictions (prediction_id, resource_id, model_id, violation_probability,"
    " confidence_score, risk_level, inference_time_ms, model_version)"
    " VALUES ('pred-1', 'vm-7', 'guard', 0.8, 0.9, 'high', 3, 'v2') RETURNING id"
)
ANSWER = (
    "INSERT INTO ml_predictions (service_name, prediction_type, predicted_value)"
    " VALUES ('oracle', 'quality', 0.7) RETURNING id"
)


@pytest.fixture(autouse=True)
def _partitions(tx):
    for table in ("predictions.ml_predictions", "predictions.prediction_outcomes"):
        partitions.ensure(tx, table, [tx.scalar("SELECT now()")])


@pytest.fixture
def violation(tx):
    return tx.scalar(VIOLATION)


@pytest.fixture
def answer(tx):
    return tx.scalar(ANSWER)


def give(tx, **values):
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    statement = f"INSERT INTO ml_feedback ({names}) VALUES ({marks}) RETURNING *"
    return tx.execute(statement, values).one()


class TestBareInserts:
    def test_a_services_judgement(self, tx, answer):
        made = give(
            tx,
            prediction_id=answer,
            service_name="oracle",
            feedback_type="automated",
            feedback_score=0.5,
            feedback_text="fine",
        )
        assert (made.feedback_source, made.verdict) == ("automated", None)
        assert (made.comments, made.accuracy_rating) == ("fine", 2.5)
        assert made.feedback_id == str(made.id)
        assert (made.user_id, made.metadata, made.processed) == (None, {}, False)

    def test_a_services_judgement_of_nothing_in_particular(self, tx):
        made = give(tx, service_name="oracle")
        assert (made.prediction_id, made.feedback_type, made.feedback_source) == (
            None,
            None,
            "user",
        )

    def test_a_verdict(self, tx, violation):
        made = give(
            tx,
            feedback_id="fb-1",
            prediction_id=violation,
            feedback_type="false_positive",
            accuracy_rating=1,
            comments="no",
            user_id="ann",
            user_role="admin",
        )
        assert (made.verdict, made.service_name) == ("false_positive", "policy-engine")
        assert (made.feedback_text, made.feedback_score, made.feedback_id) == ("no", 0.2, "fb-1")
        with pytest.raises(SecondVerdict), tx.savepoint():
            give(tx, prediction_id=violation, feedback_type="false_positive", user_id="ann")
        with pytest.raises(Duplicate) as caught, tx.savepoint():
            give(tx, feedback_id="fb-1", service_name="x")
        assert caught.value.field == "feedback_id"

    @pytest.mark.parametrize("column", ["prediction_id", "user_id"])
    def test_a_verdict_cannot_leave_these_out(self, tx, violation, column):
        given = {"prediction_id": violation, "user_id": "ann", "feedback_type": "correct"}
        given |= {"service_name": "x"}
        given.pop(column)
        with pytest.raises(Invalid) as caught, tx.savepoint():
            give(tx, **given)
        assert caught.value.field == column

    def test_anything_else_names_its_service(self, tx, violation):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            give(tx, prediction_id=violation, feedback_type="user", user_id="ann")
        assert caught.value.field == "service_name"

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("feedback_type", "shrug"),
            ("impact_on_model", "none"),
            ("feedback_score", 1.2),
            ("accuracy_rating", 5.5),
            ("metadata", "[]"),
        ],
    )
    def test_a_wrong_value_is_named(self, tx, column, value):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            give(tx, **{"service_name": "oracle", column: value})
        assert caught.value.field in {column, "meta"}

    def test_the_two_names_of_the_comments_stay_the_same(self, tx):
        id_ = give(tx, service_name="oracle", feedback_text="one").id
        for column, text in (("feedback_text", "two"), ("comments", "three")):
            tx.execute(f"UPDATE ml_feedback SET {column} = :text", {"text": text})
            found = tx.execute("SELECT comments, feedback_text FROM ml_feedback").one()
            assert tuple(found) == (text, text), id_


class TestOfClients:
    def test_a_verdict_by_the_clients_own_id(self, tx, violation):
        made = service.record_feedback(tx, "pred-1", feedback_type="correct", user_id="ann")
        assert (made.prediction_id, made.service_name) == (violation, "policy-engine")
        with pytest.raises(UnknownPrediction):
            service.record_feedback(tx, "pred-9", feedback_type="correct")

    def test_an_outcome_of_an_answer_without_a_model(self, tx, answer):
        done = service.resolve(tx, prediction_id=answer, value=0.9, further={"relevance": 0.4})
        assert (done.model, done.closed, done.duplicate) == (None, 1, False)
        assert done.loss == pytest.approx(0.04)
        again = service.resolve(tx, prediction_id=answer, value=0.9)
        assert (again.closed, again.duplicate) == (0, True)
        assert again.known_at == done.known_at
        with pytest.raises(ContradictingOutcome) as caught:
            service.resolve(tx, prediction_id=answer, value=0.8)
        assert caught.value.facts == {"stored": 0.9, "sent": 0.8}
        seen = tx.execute("SELECT actual_value, error FROM v_predictions").one()
        assert tuple(seen) == (0.9, pytest.approx(0.2))

    @pytest.mark.parametrize("value", [0.5, float("nan"), "yes"])
    def test_a_violation_happened_or_not(self, tx, violation, value):
        with pytest.raises(BadOutcome):
            service.resolve(tx, prediction_id="pred-1", value=value)
        assert service.resolve(tx, prediction_id="pred-1", value=1).prediction_id == violation

    def test_another_tenants_is_unknown(self, tx, rival, answer):
        with rival.tx() as other:
            for name in (answer, str(answer), "pred-1"):
                with pytest.raises(UnknownPrediction):
                    service.resolve(other, prediction_id=name, value=1)


class TestQualityFeedback:
    def test_bare_insert(self, tx):
        tx.execute("INSERT INTO quality_feedback (repo, predicted_quality) VALUES ('a/b', 0.7)")
        assert tx.scalar("SELECT count(*) FROM ml_feedback") == 0

    @pytest.mark.parametrize("column", ["predicted_quality", "actual_quality"])
    def test_quality_is_within_one(self, tx, column):
        with pytest.raises(Invalid) as caught, tx.savepoint():
            make(tx, QualityFeedback, **{column: 1.2})
        assert caught.value.field == column

    def test_is_copied_and_corrected_when_the_prediction_is_known(self, tx, answer):
        made = make(
            tx, QualityFeedback, repo="a/b", predicted_quality=0.7, actual_quality=0.4,
            comments="too kind", ml_prediction_id=answer,
        )  # fmt: skip
        copy = tx.execute("SELECT * FROM ml_feedback").one()
        assert (copy.id, copy.prediction_id, copy.service_name) == (made.id, answer, "oracle")
        assert (copy.feedback_type, copy.comments) == ("user", "too kind")
        assert copy.feedback_score == pytest.approx(0.7)
        assert copy.metadata["repo"] == "a/b"
        tx.execute("UPDATE quality_feedback SET actual_quality = 0.7, comments = 'right after all'")
        copy = tx.execute("SELECT * FROM ml_feedback").one()
        assert (copy.feedback_score, copy.feedback_text) == (1, "right after all")

    def test_helpful_counts_where_no_quality_is_given(self, tx, answer):
        make(tx, QualityFeedback, helpful=False, ml_prediction_id=answer)
        assert tx.scalar("SELECT feedback_score FROM ml_feedback") == 0

    def test_a_user_sees_only_their_own(self, database, tenant):
        with database.tx(tenant) as tx:
            ann, ben = make(tx, User), make(tx, User)
            make(tx, QualityFeedback, user_id=ben.id)
        with database.tx(tenant, actor=Actor("user", "ann", user_id=ann.id)) as tx:
            tx.execute("INSERT INTO quality_feedback (repo, predicted_quality) VALUES ('a', 1)")
            found = tx.execute("SELECT user_id FROM quality_feedback").scalars().all()
            assert found == [ann.id]
        with database.tx(tenant) as tx:
            assert tx.scalar("SELECT count(*) FROM quality_feedback") == 2


def test_a_score_without_a_rating_gives_it(tx):
    assert make(tx, MlFeedback, feedback_score=0.4).accuracy_rating == 2
