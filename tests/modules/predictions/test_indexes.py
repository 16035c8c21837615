"""What is looked for has an index, and what indexes weigh; with tables filled as they fill."""

from __future__ import annotations

import pytest

from everlearn.core.testing.explain import plan_of
from everlearn.modules.predictions.service import closing, closing_clients, reading, taking

TENANTS, BATCHES, N = 8, 48, 500
_ROWS = """
WITH made AS (
  INSERT INTO predictions.ml_predictions (tenant_id, id, service_name, prediction_type, ml_model_id,
    model_version_id, model_version, entity_id, feature_row_id, raw_margin, predicted_value,
    confidence_interval_lower, confidence_interval_upper, inference_time_ms, prediction_timestamp,
    context, confidence, reasons)
  SELECT :tenant, uuidv7(), 'everlearn', 'late-arrival', :tenant, :tenant, 'v1.12.0',
    'flight-' || :batch || '-' || g, uuidv7(), 0.1, 0.2, 0.1, 0.3, 1.5, clock_timestamp(), NULL,
    0.8, ARRAY(SELECT random()::real FROM generate_series(1, 11) AS h WHERE g = g)
  FROM generate_series(1, :n) AS g RETURNING *
)
INSERT INTO predictions.prediction_outcomes (tenant_id, id, ml_model_id, model_version_id, role,
  feature_row_id, raw_margin, predicted_value, actual_value, error, loss, predicted_at, happened_at,
  known_at)
SELECT tenant_id, id, ml_model_id, model_version_id, role, feature_row_id, raw_margin,
  predicted_value, 1, 0.8, 0.2, prediction_timestamp, clock_timestamp(), clock_timestamp()
FROM made
"""
_CLIENTS = """
INSERT INTO predictions.ml_predictions (tenant_id, id, prediction_id, service_name, prediction_type,
  model_id, model_version, entity_id, predicted_value, prediction_timestamp, context,
  features_used, shap_values)
SELECT :tenant, uuidv7(), gen_random_uuid(), 'shop-' || :batch, 'price-' || :batch,
  'demand-' || :batch, 'v' || :batch, 'order-' || :batch || '-' || g, 0.5, clock_timestamp(), NULL,
  (SELECT jsonb_object_agg('feature_' || h, g) FROM generate_series(1, 10) AS h),
  (SELECT jsonb_object_agg('feature_' || h, 0.5) FROM generate_series(1, 10) AS h)
FROM generate_series(1, :n) AS g
"""
_BYTES = """
WITH leaf AS (SELECT relid FROM pg_partition_tree(:table) WHERE isleaf)
SELECT sum(pg_indexes_size(relid)) / sum(pg_table_size(relid)) FROM leaf
"""

#: Those of the months ahead are empty, and read from end to end.
_MONTH = """SELECT to_char(now() AT TIME ZONE 'UTC', '"y"YYYY"m"MM')"""


@pytest.fixture(scope="module")
def filled(server, template, test_settings):
    """Give a database with rows of tenants in turns, as superusers alone can fill it so fast."""
    from everlearn.core.testing.plugin import Cloned, clone

    with clone(server, template) as name:
        made = Cloned(server, name, test_settings)
        tenants = [made.tenant(f"tenant-{i}") for i in range(TENANTS)]
        app = made.database()
        for batch in range(BATCHES):
            with app.tx(tenants[batch % TENANTS]) as tx:
                given = {"tenant": tx.tenant_id, "batch": str(batch), "n": N}
                tx.execute(_ROWS, given)
                tx.execute(_CLIENTS, given)
        with made.database("owner").tx(None) as tx:
            tx.execute("ANALYZE predictions.ml_predictions, predictions.prediction_outcomes")
        yield app, tenants
        made.close()


@pytest.mark.parametrize(
    ("where", "index"),
    [
        ("service_name = 'shop-8'", "service"),
        ("prediction_type = 'price-8' AND prediction_kind <> 'model'", "type"),
        ("model_version = 'v8' AND prediction_kind <> 'model'", "version"),
        ("model_id = 'demand-8'", "model"),
        ("model_id = 'demand-8' AND made_on = (now() AT TIME ZONE 'UTC')::date", "model"),
        ("resource_id = 'vm-7'", "resource"),
        ("violation_probability > 0.99", "probability"),
        ("expires_at < now()", "expires_at"),
    ],
)
def test_what_clients_look_for(filled, where, index):
    database, tenants = filled
    with database.tx(tenants[0]) as tx:
        found = plan_of(tx, f"SELECT id FROM predictions.ml_predictions WHERE {where}")
        month = tx.scalar(_MONTH)
    assert f"ix_ml_predictions_{index}" in found.indexes, found.tree
    assert f"ml_predictions_{month}" not in found.scanned, found.tree


def test_an_entity_by_its_hashes(filled):
    database, tenants = filled
    given = {
        "entity": ["flight-0-7"],
        "actual": [1.0],
        "happened": [None],
        "known": [None],
        "model": tenants[0],
        "binary": True,
        "eps": 1e-6,
    }
    with database.tx(tenants[0]) as tx:
        bound = {"bound": closing.uuid7_floor(tx.now().replace(year=2020))}
        found = plan_of(tx, closing._CLOSE_RECENT, given | bound)
        assert "ix_ml_predictions_entity" in found.indexes, found.tree
        month = tx.scalar(_MONTH)
        assert f"ml_predictions_{month}" not in found.scanned, found.tree
        page = {"model": None, "role": None, "closed": None, "before": None, "limit": 9}
        found = plan_of(tx, reading._PAGE_OF_ENTITY, page | {"entity": "flight-0-7"})
        assert "ix_ml_predictions_entity" in found.indexes, found.tree
        clients = {"models": ["demand-0"], "entities": ["order-0-7"]}
        found = plan_of(tx, closing_clients._OF_ENTITIES, clients)
        assert "ix_ml_predictions_entity" in found.indexes, found.tree
        assert [row.place for row in tx.execute(closing_clients._OF_ENTITIES, clients)] == [1]


def test_a_clients_id_by_its_key(filled):
    database, tenants = filled
    with database.tx(tenants[0]) as tx:
        found = plan_of(tx, reading._BY_CLIENT, {"id": "p-1"})
        assert found.indexes == {"pk_prediction_keys"}, found.tree
        found = plan_of(tx, closing_clients._FIND, {"names": ["p-1", "p-2"]})
        assert found.indexes == {"pk_prediction_keys", "pk_ml_predictions"}, found.tree
        tx.execute("CREATE TEMP TABLE sent (place integer, prediction_id text)")
        statement = taking._read_keys("sent", "md5(s.prediction_id)::uuid")
        statement = statement.replace("%(tenant_id)s::uuid", "app.tenant_id()")
        statement = statement.replace("%(known)s::integer[]", "'{1}'::integer[]")
        found = plan_of(tx, statement)
        assert found.indexes == {"pk_prediction_keys"}, found.tree


def test_outcomes_by_the_day_they_became_known(filled):
    database, tenants = filled
    query = (
        "SELECT loss FROM predictions.prediction_outcomes WHERE tenant_id = app.tenant_id()"
        " AND ml_model_id = :model AND known_on BETWEEN '2020-01-01' AND '2020-02-01'"
    )
    with database.tx(tenants[0]) as tx:
        found = plan_of(tx, query, {"model": tenants[0]})
    assert "ix_prediction_outcomes_known_on" in found.indexes, found.tree


def test_what_indexes_weigh(filled):
    database, tenants = filled
    with database.tx(tenants[0]) as tx:
        weighed = {
            table: float(tx.scalar(_BYTES, {"table": f"predictions.{table}"}))
            for table in ("ml_predictions", "prediction_outcomes")
        }
    assert weighed["ml_predictions"] <= 0.40, weighed
    # Its rows are narrow: with tenants in turns the primary key alone is 0.44 of them.
    assert weighed["prediction_outcomes"] <= 0.52, weighed
