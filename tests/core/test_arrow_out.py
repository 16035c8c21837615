"""Rows as Arrow record batches: every type, NULLs, streams, and what they refuse."""

from __future__ import annotations

import math
import tracemalloc
from datetime import UTC, datetime
from uuid import UUID

import numpy as np
import pyarrow as pa
import pytest
from psycopg import sql

from everlearn.core import arrow_out
from everlearn.core.arrow_out import Column, NotInstalled, batches
from everlearn.core.errors import Bug, EverlearnError, Invalid
from everlearn.core.reading import Plan, Rows, plan_of

ALL = (
    Column("f8", "f8"),
    Column("f4", "f4"),
    Column("i8", "i8"),
    Column("i4", "i4"),
    Column("yes", "bool"),
    Column("at", "ts"),
    Column("id", "uuid"),
    Column("pair", "f8[]", elements=2),
    Column("vector", "f4[]", elements=2, names=("a", "b"), words={"b": ["no", "yes"]}),
    Column("word", "text"),
    Column("body", "json"),
)
ONE = "018f0000-0000-7000-8000-00000000000"
AT = datetime(2026, 3, 29, 1, 30, 0, 123456, tzinfo=UTC)
FULL = f"""SELECT g + 0.5::float8, (g + 0.25)::real, g::bigint, g::int, g % 2 = 0,
  '2026-03-29 01:30:00.123456Z'::timestamptz + g * interval '1 hour', ('{ONE}' || g)::uuid,
  ARRAY[g, -g]::float8[], ARRAY[g, CASE WHEN g = 2 THEN 'NaN'::real ELSE g % 2 END]::real[],
  repeat('ä€', g), jsonb_build_object('g', g) FROM generate_series(0, 3) AS g"""


def read(tx, query, columns, **kwargs):
    found = list(batches(tx, sql.SQL(query), columns, **kwargs))
    return pa.Table.from_batches(found, schema=arrow_out.schema(columns))


class TestTypes:
    def test_every_type_comes_as_postgres_has_it(self, tx):
        rows = read(tx, FULL, ALL).to_pylist()
        assert [row["f8"] for row in rows] == [0.5, 1.5, 2.5, 3.5]
        assert [row["f4"] for row in rows] == [0.25, 1.25, 2.25, 3.25]
        assert [row["i8"] for row in rows] == [row["i4"] for row in rows] == [0, 1, 2, 3]
        assert [row["yes"] for row in rows] == [True, False, True, False]
        assert rows[0]["at"] == AT
        assert (rows[3]["at"] - AT).total_seconds() == 3 * 3600
        assert rows[2]["id"] == UUID(ONE + "2")
        assert rows[3]["pair"] == [3.0, -3.0]
        assert [row["a"] for row in rows] == [0, 1, 2, 3]
        assert [row["b"] for row in rows] == ["no", "yes", None, "yes"]
        assert [row["word"] for row in rows] == ["", "ä€", "ä€ä€", "ä€ä€ä€"]
        assert rows[1]["body"] == '{"g": 1}'

    @pytest.mark.parametrize("column", ALL, ids=lambda column: column.name)
    @pytest.mark.parametrize("rows", [1, 3, 100])
    def test_null_anywhere_is_null_and_moves_nothing_else(self, tx, column, rows):
        place = ALL.index(column)
        aliases = ", ".join(f"c{i}" for i in range(len(ALL)))
        picked = ", ".join(
            f"CASE WHEN c2 = 1 THEN NULL ELSE c{i} END" if i == place else f"c{i}"
            for i in range(len(ALL))
        )
        query = f"SELECT {picked} FROM ({FULL}) AS x({aliases}) ORDER BY x.c2"
        whole, holed = read(tx, FULL, ALL), read(tx, query, ALL, rows=rows)
        for name in column.names or (column.name,):
            values, expected = holed.column(name).to_pylist(), whole.column(name).to_pylist()
            assert values == [expected[0], None, *expected[2:]]
        others = [
            name for name in whole.column_names if name not in (column.names or (column.name,))
        ]
        assert holed.select(others).to_pylist() == whole.select(others).to_pylist()

    @pytest.mark.parametrize("kind", ["uuid", "f8", "text"])
    def test_a_batch_shorter_than_one_value(self, tx, kind):
        names = {"uuid": "uuid", "f8": "float8", "text": "text"}
        found = read(tx, f"SELECT NULL::{names[kind]}", [Column("x", kind)])
        assert found.column("x").to_pylist() == [None]

    def test_arrays_of_any_length(self, tx):
        columns = [Column("n", "i8"), Column("x", "i8[]"), Column("word", "text")]
        query = """SELECT n, CASE n WHEN 1 THEN '{}' WHEN 2 THEN NULL ELSE
          ARRAY(SELECT g * n FROM generate_series(0, n) AS g) END::bigint[], 'w' || n
          FROM generate_series(0::bigint, 4) AS n"""
        found = read(tx, query, columns)
        assert found.column("x").type == pa.list_(pa.int64())
        assert found.column("x").to_pylist() == [[0], [], None, [0, 3, 6, 9], [0, 4, 8, 12, 16]]
        assert found.column("word").to_pylist() == [f"w{n}" for n in range(5)]
        assert read(tx, "SELECT '{}'::bigint[]", columns[1:2]).column("x").to_pylist() == [[]]

    @pytest.mark.parametrize("value", ["ARRAY[1, NULL]::bigint[]", "ARRAY[1, 2]::integer[]"])
    def test_arrays_that_are_no_bigints(self, tx, value):
        with pytest.raises(Bug):
            read(tx, f"SELECT {value}", [Column("x", "i8[]")])

    def test_nan_is_no_null(self, tx):
        found = read(tx, "SELECT 'NaN'::float8", [Column("x", "f8")])
        assert found.column("x").null_count == 0
        assert math.isnan(found.column("x")[0].as_py())

    def test_no_rows_have_the_schema(self, tx):
        found = read(tx, FULL + " WHERE g > 9", ALL)
        assert found.num_rows == 0
        assert found.schema == arrow_out.schema(ALL)

    @pytest.mark.parametrize(
        "query",
        [
            "SELECT ARRAY[1]::real[]",
            "SELECT ARRAY[1, NULL]::real[]",
            "SELECT ARRAY[1, 2]::float8[]",
            "SELECT 1, 2",
        ],
    )
    def test_other_than_said_is_refused(self, tx, query):
        with pytest.raises(Bug):
            read(tx, query, [Column("v", "f4[]", elements=2)])


class TestStream:
    def test_batches_are_as_long_as_asked_for_and_in_order(self, tx):
        query = sql.SQL("SELECT g::bigint, repeat('x', g % 7) FROM generate_series(1, 10000) AS g")
        columns = (Column("g", "i8"), Column("x", "text"))
        found = list(batches(tx, query, columns, rows=999))
        assert [batch.num_rows for batch in found] == [999] * 10 + [10]
        together = pa.Table.from_batches(found)
        assert together.column("g").to_pylist() == list(range(1, 10001))
        assert together.column("x").to_pylist() == ["x" * (g % 7) for g in range(1, 10001)]

    def test_memory_is_that_of_a_batch(self, tx):
        query = sql.SQL("SELECT g::bigint, repeat('x', 100) FROM generate_series(1, 100000) AS g")
        columns = (Column("g", "i8"), Column("x", "text"))
        tracemalloc.start()
        total = sum(batch.num_rows for batch in batches(tx, query, columns, rows=2048))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert total == 100_000  # 12 MB of rows
        assert peak < 3_000_000

    def test_wide_rows_make_shorter_batches(self, tx):
        query = sql.SQL("SELECT repeat('x', 5000000) FROM generate_series(1, 20)")
        found = [batch.num_rows for batch in batches(tx, query, [Column("x", "text")])]
        assert sum(found) == 20
        assert max(found) < 10

    def test_an_error_of_the_query_is_one_of_everlearn(self, tx):
        query = sql.SQL("SELECT 1 / (5000 - g)::float8 FROM generate_series(1, 10000) AS g")
        with pytest.raises(EverlearnError, match="22012"), tx.savepoint():
            list(batches(tx, query, [Column("x", "f8")], rows=10))
        assert tx.scalar("SELECT 1") == 1  # the connection is in order

    def test_leaving_off_early_ends_the_query(self, db):
        tenant = db.tenant()
        database = db.database()
        query = sql.SQL("SELECT g::bigint FROM generate_series(1, 2000000) AS g")
        rows = Rows(plan_of(query, [Column("g", "i8")]), lambda: database.tx(tenant))
        stream = rows.batches(100)
        assert next(stream).num_rows == 100
        stream.close()
        with database.tx(tenant) as tx:
            assert tx.scalar("SELECT 1") == 1


class TestRows:
    @pytest.fixture
    def rows(self, database, tenant, other_tenant) -> Rows:
        del other_tenant
        columns = [*ALL[:7], ALL[8], ALL[9]]
        query = sql.SQL(
            FULL.replace("ARRAY[g, -g]::float8[],", "").replace(", jsonb_build_object('g', g)", "")
        )
        return Rows(plan_of(query, columns), lambda: database.tx(tenant))

    def test_pandas(self, rows):
        frame = rows.to_pandas()
        assert frame["id"].tolist() == [ONE + str(g) for g in range(4)]
        assert frame["b"].dtype == "category"
        assert frame["at"][0].to_pydatetime() == AT

    def test_polars(self, rows):
        frame = rows.to_polars()
        assert frame["id"].to_list() == [ONE + str(g) for g in range(4)]
        assert frame["b"].to_list() == ["no", "yes", None, "yes"]

    def test_numpy(self, rows):
        found = rows.to_numpy()
        assert found["a"].dtype == np.float32
        assert found["f8"].tolist() == [0.5, 1.5, 2.5, 3.5]

    def test_arrow_stream_is_understood_by_others(self, rows):
        assert pa.table(rows).equals(rows.to_arrow())

    @pytest.mark.parametrize("ending", ["parquet", "arrow", "csv"])
    def test_files(self, rows, tmp_path, ending):
        target = tmp_path / f"rows.{ending}"
        seen: list[int] = []
        assert rows.write(target, done=seen.append) == 4
        assert seen == [4]
        assert [path.name for path in tmp_path.iterdir()] == [target.name]
        if ending == "parquet":
            found = arrow_out.pyarrow("parquet").read_table(target)
        elif ending == "arrow":
            found = arrow_out.pyarrow("ipc").open_file(target).read_all()
        else:
            found = arrow_out.pyarrow("csv").read_csv(target)
        assert found.column("id").to_pylist() == [ONE + str(g) for g in range(4)]
        assert found.column("f8").to_pylist() == [0.5, 1.5, 2.5, 3.5]

    def test_a_file_that_fails_leaves_nothing(self, tmp_path, database, tenant):
        def broken(_, __):
            raise Bug

        plan = Plan(pa.schema([("x", pa.int64())]), broken)
        with pytest.raises(Bug):
            Rows(plan, lambda: database.tx(tenant)).write(tmp_path / "x.parquet")
        assert not list(tmp_path.iterdir())

    def test_another_ending_is_refused(self, rows, tmp_path):
        with pytest.raises(Invalid) as caught:
            rows.write(tmp_path / "rows.xls")
        assert caught.value.field == "path"

    def test_empty_batches_are_refused(self, rows):
        with pytest.raises(Invalid):
            rows.batches(0)

    @pytest.mark.parametrize(
        ("missing", "call", "hint"),
        [
            ("pandas", "to_pandas", "pip install pandas"),
            ("polars", "to_polars", "pip install polars"),
            ("pyarrow", "to_arrow", "pip install 'everlearn[arrow]'"),
        ],
    )
    def test_what_is_not_installed_is_named(self, rows, monkeypatch, missing, call, hint):
        def without(name, *rest):
            if name.partition(".")[0] == missing:
                raise ModuleNotFoundError(name=name)
            return found(name, *rest)

        found = arrow_out.import_module
        monkeypatch.setattr(arrow_out, "import_module", without)
        with pytest.raises(NotInstalled) as caught:
            getattr(rows, call)()
        assert caught.value.hint == hint
        assert missing in str(caught.value)
