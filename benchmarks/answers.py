"""What it costs to take predictions and outcomes in, beside a raw COPY; and what indexes weigh.

    python -m benchmarks.answers [--rounds 7] [--bodies 5]

A server of its own, without waiting for the disk, in a temporary folder, and the real application
in a process of its own, asked over the loopback by one connection. The measure is a binary COPY,
encoded beforehand, replayed over one connection by the table's owner into the same table with its
indexes, checks and triggers, one transaction for each 1,000 rows. Of predictions there are two: as
it is, the trigger writes the key of each row; and without the keys, which is what a table that lets
a prediction in twice would cost. Outcomes name the predictions of a client by `prediction_id`; the
COPY beside them is given what they have to look up. Ways take turns within each round; a ratio is
raw time over the way's time, and given is the median over the rounds.

Bytes are those of rows as they are stored, with 10 features and 11 reasons, written in batches of 1
to 1,000 rows by one tenant and by 40 in turns. Writes benchmarks/results/answers.json.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import statistics
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pyarrow as pa

from benchmarks.common import Bench, Way, in_turns, ratio, running, write
from everlearn.core import partitions
from everlearn.modules.feedback import service as feedback
from everlearn.modules.predictions import service as predictions
from everlearn.modules.tenancy import service as tenancy

ROWS = 1_000  # of a body
TABLES = ("predictions.ml_predictions", "predictions.prediction_outcomes")
Rows = list[dict[str, Any]]
_COLUMNS = {
    TABLES[0]: "tenant_id, id, prediction_id, service_name, prediction_type, model_id,"
    " model_version, role, source, entity_id, predicted_value, confidence, inference_time_ms,"
    " prediction_timestamp, features_used, shap_values, context",
    TABLES[1]: "tenant_id, id, role, predicted_value, actual_value, further_values, error, loss,"
    " predicted_at, happened_at, known_at",
}


def main() -> None:
    """Run the benchmark and write its results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="rounds that count")
    parser.add_argument("--bodies", type=int, default=5, help="bodies of each way in a round")
    given = parser.parse_args()
    with running() as bench:
        for table in (*TABLES, "predictions.prediction_keys"):
            # COPY refuses a table whose policies bind its owner too; they still bind everlearn_app.
            bench.owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        figures = {
            "rows_of_a_body": ROWS,
            "rounds": given.rounds,
            "bodies_of_a_round": given.bodies,
            "predictions": of_predictions(bench, given.rounds, given.bodies),
            "outcomes": of_outcomes(bench, given.rounds, given.bodies),
        }
        figures["bytes"] = {
            f"{kind}_{many}_tenants": sizes(bench, kind, many)
            for kind in ("model", "client")
            for many in (1, 40)
        }
    write("answers", figures)


def answers(n: int) -> Rows:
    """Make predictions that nobody has seen."""
    features = {f"feature_{k}": round(k * 7.123, 3) for k in range(10)}
    reasons = {f"feature_{k}": round(k / 7, 4) for k in range(10)}
    return [
        {
            "prediction_id": str(uuid4()),
            "model_id": "demand",
            "model_version": "v3",
            "service_name": "pricing-api",
            "entity_id": f"order-{i}",
            "predicted_value": i / n,
            "confidence": 0.5,
            "inference_time_ms": 1.5,
            "features": features,
            "reasons": reasons,
        }
        for i in range(n)
    ]


def table(rows: Rows) -> pa.Table:
    """Give rows as an Arrow table, documents as JSON text."""
    return pa.Table.from_pylist(
        [{k: json.dumps(v) if isinstance(v, dict) else v for k, v in row.items()} for row in rows]
    )


def stream(rows: Rows) -> bytes:
    """Give rows as an Arrow stream."""
    given = table(rows)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, given.schema) as writer:
        writer.write_table(given)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def of_predictions(bench: Bench, rounds: int, bodies: int) -> dict[str, Any]:
    """Give predictions a second of each way, and the ratios to raw COPY."""

    def made(encode: Callable[[Rows], Any]) -> Callable[[], list[Any]]:
        return lambda: [encode(answers(ROWS)) for _ in range(bodies)]

    def raw(*, keys: bool) -> Way:
        return made(partial(encoded, bench)), partial(replay, bench, TABLES[0], keys=keys)

    def sdk(tables: list[pa.Table]) -> None:
        for each in tables:
            with bench.made.database.tx(bench.tenant) as tx:
                done = predictions.take_predictions(tx, each)
            sure(done.accepted)

    path = "/v1/predictions:batch"
    ways: dict[str, Way] = {
        "raw_copy": raw(keys=True),
        "raw_copy_without_keys": raw(keys=False),
        "http_json": (made(lambda rows: json.dumps(rows).encode()), partial(post, bench, path)),
        "http_arrow": (made(stream), partial(post, bench, path, arrow=True)),
        "sdk_arrow": (made(table), sdk),
    }
    return told(in_turns(ways, rounds), bodies)


def of_outcomes(bench: Bench, rounds: int, bodies: int) -> dict[str, Any]:
    """Give outcomes a second of each way, and the ratios to raw COPY."""

    def made(encode: Callable[[Rows, list[UUID]], Any]) -> Callable[[], list[Any]]:
        def prepare() -> list[Any]:
            found = []
            for _ in range(bodies):
                rows = answers(ROWS)
                with bench.made.database.tx(bench.tenant) as tx:
                    ids = predictions.take_predictions(tx, table(rows)).ids
                named = [{"prediction_id": row["prediction_id"], "value": 1.0} for row in rows]
                found.append(encode(named, [each for each in ids if each is not None]))
            return found

        return prepare

    def sdk(tables: list[pa.Table]) -> None:
        for each in tables:
            with bench.made.database.tx(bench.tenant) as tx:
                done = feedback.take_outcomes(tx, each)
            sure(done.accepted)

    path = "/v1/outcomes:batch"
    ways: dict[str, Way] = {
        "raw_copy": (
            made(lambda _, ids: encoded_outcomes(bench, ids)),
            partial(replay, bench, TABLES[1], keys=True),
        ),
        "http_json": (made(lambda rows, _: json.dumps(rows).encode()), partial(post, bench, path)),
        "http_arrow": (made(lambda rows, _: stream(rows)), partial(post, bench, path, arrow=True)),
        "sdk_arrow": (made(lambda rows, _: table(rows)), sdk),
    }
    return told(in_turns(ways, rounds), bodies)


def told(taken: dict[str, list[float]], bodies: int) -> dict[str, Any]:
    """Give rows a second and ratios."""
    return {
        name: {
            "rows_per_s": round(ROWS * bodies / statistics.median(values)),
            "ms_a_body": round(statistics.median(values) / bodies * 1e3, 1),
            **{
                f"{part}_to_{raw}": value
                for raw in taken
                if raw.startswith("raw")
                for part, value in ratio(taken[raw], values).items()
            },
        }
        for name, values in taken.items()
    }


def sure(accepted: int) -> None:
    """Raise when not every row was written."""
    if accepted != ROWS:
        msg = f"{accepted} of {ROWS} rows were written"
        raise AssertionError(msg)


def post(bench: Bench, path: str, bodies: Sequence[bytes], *, arrow: bool = False) -> None:
    """Send bodies one after the other over one connection."""
    kind = "application/vnd.apache.arrow.stream" if arrow else "application/json"
    connection = http.client.HTTPConnection("127.0.0.1", bench.port)
    for body in bodies:
        connection.request("POST", path, body, bench.headers | {"content-type": kind})
        sure(json.loads(connection.getresponse().read())["accepted"])
    connection.close()


def encoded(bench: Bench, rows: Rows) -> bytes:
    """Give predictions as the bytes of a binary COPY, as the database itself writes them."""
    with bench.made.database.tx(bench.tenant) as tx:
        partitions.ensure(tx, TABLES[0], [tx.now()])
    with bench.owner.cursor() as cursor, bench.owner.transaction():
        cursor.execute("CREATE TEMP TABLE given (r jsonb) ON COMMIT DROP")
        with cursor.copy("COPY given FROM STDIN") as copy:
            for row in rows:
                copy.write_row((json.dumps(row),))
        return binary(
            cursor,
            "SELECT app.tenant_id(), uuidv7(), r->>'prediction_id', r->>'service_name', 'demand',"
            " r->>'model_id', r->>'model_version', 'live', 'ml_model', r->>'entity_id',"
            " (r->>'predicted_value')::float8, (r->>'confidence')::float8,"
            " (r->>'inference_time_ms')::float8, now(), r->'features', r->'reasons', NULL::jsonb"
            " FROM given",
        )


def encoded_outcomes(bench: Bench, ids: list[UUID]) -> bytes:
    """Give the outcomes of these predictions as the bytes of a binary COPY."""
    with bench.owner.cursor() as cursor:
        cursor.execute("SELECT set_config('bench.ids', %s, false)", (json.dumps(ids, default=str),))
        return binary(
            cursor,
            "SELECT tenant_id, id, role, predicted_value, 1::float8, NULL::jsonb,"
            " 1 - predicted_value, (1 - predicted_value) ^ 2, prediction_timestamp, now(), now()"
            " FROM predictions.ml_predictions WHERE tenant_id = app.tenant_id() AND id = ANY(ARRAY("
            "SELECT jsonb_array_elements_text(current_setting('bench.ids')::jsonb)::uuid))",
        )


def binary(cursor: Any, query: str) -> bytes:
    """Give a query's rows as a binary COPY."""
    with cursor.copy(f"COPY ({query}) TO STDOUT (FORMAT binary)") as copy:
        return b"".join(copy)


def replay(bench: Bench, name: str, copies: Sequence[bytes], *, keys: bool) -> None:
    """Write rows by a raw COPY, with or without the trigger that writes their keys."""
    with bench.owner.cursor() as cursor:
        said = "" if keys else "yes"
        cursor.execute("SELECT set_config('everlearn.keyed', %s, false)", (said,))
        for data in copies:
            statement = f"COPY {name} ({_COLUMNS[name]}) FROM STDIN (FORMAT binary)"
            with cursor.copy(statement) as copy:
                copy.write(data)


_MODEL = """
WITH made AS (
  INSERT INTO predictions.ml_predictions (tenant_id, id, service_name, prediction_type,
    ml_model_id, model_version_id, model_version, entity_id, feature_row_id, raw_margin,
    predicted_value, confidence_interval_lower, confidence_interval_upper, inference_time_ms,
    prediction_timestamp, context, confidence, reasons)
  SELECT %(tenant)s, uuidv7(), 'everlearn', 'late-arrival', %(model)s, %(model)s, 'v1.12.0',
    'flight-' || %(batch)s || '-' || g, uuidv7(), random(), random(), random(), random(), random(),
    clock_timestamp(), NULL, random(), ARRAY(SELECT random()::real FROM generate_series(1, 11) h
      WHERE g = g)
  FROM generate_series(1, %(n)s) g RETURNING *
)
INSERT INTO predictions.prediction_outcomes (tenant_id, id, ml_model_id, model_version_id, role,
  feature_row_id, raw_margin, predicted_value, actual_value, error, loss, predicted_at, happened_at,
  known_at)
SELECT tenant_id, id, ml_model_id, model_version_id, role, feature_row_id, raw_margin,
  predicted_value, 1, 1 - predicted_value, random(), prediction_timestamp, clock_timestamp(),
  clock_timestamp()
FROM made
"""
_CLIENT = """
WITH made AS (
  INSERT INTO predictions.ml_predictions (tenant_id, id, prediction_id, service_name,
    prediction_type, model_id, model_version, entity_id, predicted_value, confidence,
    inference_time_ms, prediction_timestamp, context, features_used, shap_values)
  SELECT %(tenant)s, uuidv7(), gen_random_uuid(), 'pricing-api', 'demand',
    'demand-' || left(%(model)s::text, 4), 'v3', 'order-' || %(batch)s || '-' || g, random(),
    random(), random(), clock_timestamp(), NULL,
    (SELECT jsonb_object_agg('feature_' || h, round(random()::numeric * 100, 3))
       FROM generate_series(1, 10) h WHERE g = g),
    (SELECT jsonb_object_agg('feature_' || h, round(random()::numeric, 4))
       FROM generate_series(1, 10) h WHERE g = g)
  FROM generate_series(1, %(n)s) g RETURNING *
)
INSERT INTO feedback.ml_feedback (tenant_id, id, prediction_id, service_name, feedback_type,
  feedback_score, comments, user_id)
SELECT tenant_id, uuidv7(), id, service_name, 'correct', 0.9, 'the price was right',
  'user-' || (random() * 1000)::integer
FROM made
"""
_SIZES = """
WITH leaf AS (
  SELECT relid FROM pg_partition_tree(%(table)s::regclass) WHERE isleaf
  UNION SELECT %(table)s::regclass
)
SELECT sum(pg_table_size(relid)), sum(pg_indexes_size(relid)) FROM leaf
"""


def sizes(bench: Bench, kind: str, tenants: int) -> dict[str, Any]:
    """Give bytes a row of heap and indexes, after some 100,000 rows in batches of 1 to 1,000."""
    owner = bench.owner
    names = [*TABLES, "predictions.prediction_keys", "feedback.ml_feedback"]
    # Feedback is checked against predictions as its owner, whom the policies would bind.
    owner.execute("ALTER TABLE feedback.ml_feedback NO FORCE ROW LEVEL SECURITY")
    owner.execute(f"TRUNCATE {', '.join(names)} CASCADE")
    owner.execute("SELECT set_config('everlearn.keyed', '', false)")
    chance = random.Random(1)  # noqa: S311 - the same batches each time
    database = bench.made.database
    ids = [tenancy.ensure_tenant(database, slug=f"tenant-{i}").id for i in range(tenants)]
    weights = [1 / (i + 1) for i in range(tenants)]
    models = {id_: [uuid4() for _ in range(3)] for id_ in ids}
    total, batch = 0, 0
    while total < 100_000:
        tenant = chance.choices(ids, weights)[0]
        n = chance.choice([1, 50, 500, 1_000])
        owner.execute("SELECT set_config('app.tenant_id', %s, false)", (str(tenant),))
        given = {"tenant": tenant, "model": chance.choice(models[tenant]), "batch": batch, "n": n}
        owner.execute(_MODEL if kind == "model" else _CLIENT, given)
        total, batch = total + n, batch + 1
    owner.execute("SELECT set_config('app.tenant_id', %s, false)", (str(bench.tenant),))
    found = {}
    for name in names:
        row = owner.execute(f"SELECT count(*) FROM {name}").fetchone()
        size = owner.execute(_SIZES, {"table": name}).fetchone()
        if row and size and row[0]:
            heap, indexes = (float(part) for part in size)
            found[name] = {
                "rows": row[0],
                "heap_bytes_a_row": round(heap / row[0], 1),
                "index_bytes_a_row": round(indexes / row[0], 1),
                "index_to_heap": round(indexes / heap, 3),
            }
    return found


if __name__ == "__main__":
    main()
