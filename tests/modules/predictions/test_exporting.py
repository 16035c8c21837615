"""Predictions in bulk with what came of them: our own models' and those that clients sent."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet
import pytest

from everlearn.core import partitions
from everlearn.core.errors import Invalid, NotFound
from everlearn.core.ids import uuid7
from everlearn.core.testing.explain import plan_of, statement_of
from everlearn.modules.features import service as features
from everlearn.modules.feedback import service as feedback
from everlearn.modules.predictions import service
from everlearn.modules.predictions.service.exporting import COLUMNS, OF_OUTCOME, prediction_rows
from tests.modules.predictions import world

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # the tests' present
HOUR = timedelta(hours=1)
N = 12


def read(tx, model="delays", **asked):
    plan = prediction_rows(tx, model, **asked)
    table = pa.Table.from_batches(list(plan.batches(tx, 5)), schema=plan.schema)
    assert plan.count is not None
    assert plan.count(tx) == table.num_rows
    return table


@pytest.fixture
def made(tx):
    """Give a model that answered about twelve trips, an hour apart; every third is closed."""
    found = world.build(tx)
    for i in range(N):
        rows = world.rows(tx, found, 1, start=i, ago=(N - i) * HOUR)
        service.predict_many(tx, found.model, rows=rows)
    for i in range(0, N, 3):
        feedback.resolve(tx, model="delays", entity_id=f"trip-{i}", value=float(i % 2))
    return found


class TestOwn:
    def test_rows_are_those_made(self, tx, made):
        found = read(tx)
        assert found.column_names == [*COLUMNS, *OF_OUTCOME]
        rows = found.to_pylist()
        assert [row["entity_id"] for row in rows] == [f"trip-{i}" for i in range(N)]
        for i, row in enumerate(rows):
            kept = service.get(tx, row["id"])
            assert row["predicted_at"] == kept.predicted_at == NOON - (N - i) * HOUR
            for name in ("value", "lower", "upper", "margin", "actual", "loss", "feature_row_id"):
                assert row[name] == getattr(kept, name), name
            for name in ("happened_at", "known_at", "version", "version_id", "service_name"):
                assert row[name] == getattr(kept, name), name
            assert (row["kind"], row["role"]) == ("model", "live")
            if i % 3:
                assert {row[name] for name in OF_OUTCOME} == {None}
            else:
                assert row["error"] == row["actual"] - row["value"]
                chance = row["value"] if row["actual"] else 1 - row["value"]
                assert row["loss"] == pytest.approx(-math.log(chance))

    def test_the_vector_of_each_is_found(self, tx, made):
        ids = read(tx, columns=["feature_row_id"]).column(0).to_pylist()
        plan = features.vector_rows(tx, made.feature_set)
        vectors = pa.Table.from_batches(list(plan.batches(tx, 100)), schema=plan.schema)
        assert vectors.column("id").to_pylist() == ids

    @pytest.mark.parametrize(
        ("asked", "trips"),
        [
            ({"since": NOON - 3 * HOUR}, range(9, 12)),
            ({"until": NOON - 3 * HOUR}, range(9)),
            ({"since": NOON - 5 * HOUR, "until": NOON - 4 * HOUR + HOUR / 3600000}, range(7, 9)),
            ({"version": "v1.0.0"}, range(12)),
            ({"role": "any"}, [i for i in range(12) for _ in "ls"]),
        ],
    )
    def test_asked_for(self, tx, made, asked, trips):
        found = read(tx, columns=["entity_id"], **asked).column(0).to_pylist()
        assert found == [f"trip-{i}" for i in trips]

    def test_versions_in_shadow(self, tx, made):
        found = read(tx, role="shadow", columns=["version_id", "role"])
        assert set(found.column(0).to_pylist()) == {made.shadow.id}
        assert set(found.column(1).to_pylist()) == {"shadow"}

    def test_without_outcomes(self, tx, made):
        assert read(tx, with_outcomes=False).column_names == [*COLUMNS]
        assert read(tx, columns=["actual", "value"]).column_names == ["actual", "value"]
        with pytest.raises(Invalid) as caught:
            read(tx, with_outcomes=False, columns=["actual"])
        assert caught.value.field == "columns"

    def test_another_tenant_reads_none_of_it(self, database, tenant, rival):
        with database.tx(tenant) as tx:
            found = world.build(tx)
            service.predict_many(tx, found.model, rows=world.rows(tx, found, 2))
            plan = prediction_rows(tx, "delays")
        with rival.tx() as tx:
            with pytest.raises(NotFound):
                read(tx)
            world.build(tx)
            assert read(tx).num_rows == 0
            assert list(plan.batches(tx, 10)) == []

    @pytest.mark.parametrize(
        ("asked", "field"),
        [
            ({"model": "nobody"}, "model"),
            ({"version": "v9.9.9"}, "version"),
            ({"role": "star"}, "role"),
            ({"columns": ["reasons"]}, "columns"),
            ({"since": NOON.replace(tzinfo=None)}, "since"),
            ({"since": NOON, "until": NOON - HOUR}, "until"),
        ],
    )
    def test_what_cannot_be_is_refused(self, tx, made, asked, field):
        with pytest.raises((Invalid, NotFound)) as caught:
            prediction_rows(tx, **{"model": "delays"} | asked)
        assert caught.value.field == field


def sent_by_client(i, **more):
    return {
        "predicted_value": i / 10,
        "prediction_id": f"p-{i}",
        "entity_id": f"order-{i}",
        "model_version": f"v{i % 2}",
        "prediction_timestamp": NOON - i * HOUR,
        "context": {"n": i},
    } | more


class TestClients:
    def test_of_a_name_of_their_own(self, tx):
        sent = [sent_by_client(i, model_id="demand") for i in range(4)]
        assert service.take_predictions(tx, sent).accepted == 4
        outcome = {"prediction_id": "p-2", "value": 1.0}
        assert feedback.take_outcomes(tx, [outcome]).accepted == 1
        rows = read(tx, "demand").to_pylist()
        assert [row["prediction_id"] for row in rows] == ["p-3", "p-2", "p-1", "p-0"]
        assert [json.loads(row["context"])["n"] for row in rows] == [3, 2, 1, 0]
        assert [row["actual"] for row in rows] == [None, 1.0, None, None]
        assert rows[1]["loss"] == pytest.approx(0.64)
        found = read(tx, "demand", version="v1", since=NOON - 2 * HOUR, columns=["entity_id"])
        assert found.column(0).to_pylist() == ["order-1"]
        with pytest.raises(NotFound) as caught:
            read(tx, "demand", version="v7")
        assert caught.value.field == "version"

    def test_of_a_model_that_answers_here_too(self, tx, made):
        assert service.take_predictions(tx, [sent_by_client(0.5, model="delays")]).accepted == 1
        rows = read(tx, since=NOON - 2 * HOUR).to_pylist()
        assert [row["entity_id"] for row in rows] == ["trip-10", "trip-11", "order-0.5"]
        assert [row["kind"] for row in rows] == ["model", "model", "service"]
        assert read(tx, version="v0.5").num_rows == 1

    def test_a_time_that_is_not_the_ids(self, tx):
        """A client's id may be of another month than the time it says of its prediction."""
        old = str(uuid7(NOON - 40 * 24 * HOUR))
        sent = sent_by_client(0, model_id="demand", id=old, prediction_id=None)
        assert service.take_predictions(tx, [sent]).accepted == 1
        assert feedback.take_outcomes(tx, [{"prediction_id": old, "value": 1}]).accepted == 1
        found = read(tx, "demand", since=NOON - HOUR, until=NOON + HOUR).to_pylist()
        assert [(str(row["id"]), row["actual"]) for row in found] == [(old, 1.0)]


_OWN = """
WITH made AS (
  INSERT INTO predictions.ml_predictions (tenant_id, id, service_name, prediction_type, ml_model_id,
    model_version_id, model_version, entity_id, predicted_value, inference_time_ms,
    prediction_timestamp, context)
  SELECT :tenant, CAST(encode(overlay(uuid_send(uuidv7())
      PLACING substring(uuid_send(app.uuid_floor(t.at)) FROM 1 FOR 6) FROM 1 FOR 6), 'hex')
      AS uuid),
    'everlearn', 'delays', :model, :version, 'v1.0.0',
    'e-' || i, 0.2, 1, t.at, NULL
  FROM generate_series(1, 8000) AS i
  CROSS JOIN LATERAL (SELECT CAST(:at AS timestamptz) + i * interval '90 seconds' AS at) AS t
  RETURNING *
)
INSERT INTO predictions.prediction_outcomes (tenant_id, id, ml_model_id, model_version_id, role,
  predicted_value, actual_value, error, loss, predicted_at, happened_at, known_at)
SELECT tenant_id, id, ml_model_id, model_version_id, role, predicted_value, 1, 0.8, 0.2,
  prediction_timestamp, prediction_timestamp, prediction_timestamp FROM made
"""


def test_only_the_months_asked_for_are_read(db):
    database, tenant = db.database(), db.tenant()
    march, february = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    tables = ("predictions.ml_predictions", "predictions.prediction_outcomes")
    with database.tx(tenant) as tx:
        found = world.build(tx, shadow=False)
        for at in (march, february):
            for table in tables:
                partitions.ensure(tx, table, [at])
            tx.execute(
                _OWN,
                {
                    "tenant": tenant,
                    "model": found.model.id,
                    "version": found.live.id,
                    "at": at,
                },
            )
    with db.database("owner").tx(None) as tx:
        for table in tables:
            tx.execute(f"ANALYZE {table}")
    with database.tx(tenant) as tx:
        reading = prediction_rows(tx, "delays", since=march + HOUR, until=march + 5 * HOUR)
        statement = statement_of(tx, reading)
        assert statement.count("WHERE p.tenant_id = '") == 2  # our own answers, and clients'
        plan = plan_of(tx, statement)
        own = {"ml_predictions_y2026m03", "prediction_outcomes_y2026m03"}
        assert not plan.scanned & own, plan.tree
        assert {each for each in plan.partitions if each.startswith("prediction_o")} >= {
            "prediction_outcomes_y2026m03"
        }
        ours = plan_of(tx, statement.split(" UNION ALL ")[0])
        assert ours.partitions == own, ours.tree
        clients = plan_of(tx, statement.split(" UNION ALL ")[1].replace(" ORDER BY id", ""))
        assert "ix_ml_predictions_model" in clients.indexes, clients.tree
        rows = list(reading.batches(tx, 1000))
        assert sum(batch.num_rows for batch in rows) == 160
        assert {at for batch in rows for at in batch.column("actual").to_pylist()} == {1.0}


class TestSurfaces:
    def test_over_http_as_an_arrow_stream(self, client, client_other, database, tenant):
        with database.tx(tenant) as tx:
            found = world.build(tx)
            service.predict_many(tx, found.model, rows=world.rows(tx, found, 3))
        path = "/v1/models/delays/predictions:export"
        answer = client.get(f"{path}?role=any&column=entity_id&column=actual")
        assert answer.headers["content-type"] == "application/vnd.apache.arrow.stream"
        rows = pa.ipc.open_stream(answer.content).read_all()
        assert rows.column_names == ["entity_id", "actual"]
        assert rows.num_rows == 6
        bare = pa.ipc.open_stream(client.get(f"{path}?outcomes=false").content).read_all()
        assert (bare.num_rows, bare.column_names) == (3, [*COLUMNS])
        assert client_other.get(path).status_code == 404
        assert client.get(f"{path}?role=star").status_code == 422
        assert client.get("/v1/models/nobody/predictions:export").status_code == 404

    @pytest.mark.parametrize("ending", ["parquet", "arrow", "csv"])
    def test_a_file(self, db, cli, tmp_path, ending):
        name = f"demand {uuid4()}"
        with db.database().tx(db.tenant("default")) as tx:
            sent = [sent_by_client(i, model_id=name) for i in range(3)]
            service.take_predictions(tx, sent)
        target = tmp_path / f"rows.{ending}"
        said = cli("predictions", "export", name, str(target), "--json").json()
        assert said == {"file": str(target), "rows": 3, "bytes": target.stat().st_size}
        assert cli("predictions", "export", "nobody", str(target)).code == 3
