"""Bulk writing and reading: every type there and back, refusals, rollback."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import psycopg
import pytest
from psycopg import sql

from everlearn.core import bulk
from everlearn.core.errors import Bug, Duplicate, Invalid

AT = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
BEFORE = datetime(1999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
ID = UUID("019cae6b-6600-7001-875e-7062b2cd71dd")
US = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
KINDS = {
    "f8": "double precision",
    "f4": "real",
    "i8": "bigint",
    "i4": "integer",
    "i2": "smallint",
    "flag": "boolean",
    "words": "text",
    "at": "timestamptz",
    "uid": "uuid",
    "doc": "jsonb",
    "raw": "bytea",
    "f8s": "double precision[]",
    "f4s": "real[]",
    "i8s": "bigint[]",
    "texts": "text[]",
}


@pytest.fixture
def table(tx):
    """Give the name of a table with a column of every type."""
    # A temporary table: the app role makes no others.
    columns = ", ".join(f"{name} {kind}" for name, kind in KINDS.items())
    tx.driver.execute(f"CREATE TEMP TABLE everything (n int PRIMARY KEY, {columns}) ON COMMIT DROP")
    schema = tx.scalar("SELECT nspname FROM pg_namespace WHERE oid = pg_my_temp_schema()")
    return f"{schema}.everything"


def read(tx, columns="*"):
    return tx.driver.execute(f"SELECT {columns} FROM everything ORDER BY n").fetchall()


FULL = {
    "n": [1, 2],
    "f8": [1.5, math.inf],
    "f4": [0.25, -1.0],
    "i8": [2**62, -1],
    "i4": [7, None],
    "i2": [3, 4],
    "flag": [True, False],
    "words": ["ä€𝄞", ""],
    "at": [AT, BEFORE],
    "uid": [ID, str(ID)],
    "doc": [{"a": [1, "\\u0000"]}, b'{"b": null}'],
    "raw": [b"\x00\xff", b""],
    "f8s": [[1.0, 2.0], []],
    "f4s": [[0.5], [1.0, 2.0]],
    "i8s": [[2**62], [-1, 0]],
    "texts": [["a", None, ""], []],
}


class TestInsertMany:
    def test_every_type(self, tx, table):
        assert bulk.insert_many(tx, table, FULL) == 2
        expected = {
            **FULL,
            "uid": [ID, ID],
            "doc": [{"a": [1, "\\u0000"]}, {"b": None}],
        }
        for name, values in expected.items():
            assert [row[0] for row in read(tx, name)] == values, name
        assert read(tx, "jsonb_typeof(doc)") == [("object",), ("object",)]

    def test_null_of_every_type(self, tx, table):
        columns = {name: [None, None] for name in KINDS}
        assert bulk.insert_many(tx, table, {"n": [1, 2], **columns}) == 2
        assert read(tx)[0] == (1, *[None] * len(KINDS))

    def test_nan_is_kept(self, tx, table):
        columns = {"n": [1, 2], "f8": [math.nan, 1.0], "f4s": np.array([[np.nan], [2]], "f4")}
        bulk.insert_many(tx, table, columns)
        (f8, f4s), second = read(tx, "f8, f4s")
        assert math.isnan(f8)
        assert math.isnan(f4s[0])
        assert second == (1.0, [2.0])

    def test_numpy_columns(self, tx, table):
        micros = np.array([(at - EPOCH) // US for at in (AT, BEFORE)])
        columns = {
            "n": np.arange(2),
            "f8": np.array([1.5, 2.5], dtype=np.float32),
            "i8": np.array([1, 2]),
            "at": micros,
            "uid": np.array([ID.bytes, ID.bytes], dtype="V16"),
            "f8s": np.array([[1.0, 2.0], [3.0, 4.0]]),
            "i8s": np.empty((2, 0), dtype=np.int64),
        }
        assert bulk.insert_many(tx, table, columns) == 2
        assert read(tx, "n, f8, i8, at, uid, f8s, i8s") == [
            (0, 1.5, 1, AT, ID, [1.0, 2.0], []),
            (1, 2.5, 2, BEFORE, ID, [3.0, 4.0], []),
        ]
        bulk.insert_many(tx, table, {"n": [9], "at": micros[:1].astype("datetime64[us]")})
        assert read(tx, "at")[-1] == (AT,)

    def test_nothing(self, tx, table):
        assert bulk.insert_many(tx, table, {}) == 0
        assert bulk.insert_many(tx, table, {"n": [], "words": []}) == 0
        assert read(tx) == []

    @pytest.mark.parametrize(
        ("column", "value"),
        [
            ("words", "a\0b"),
            ("words", "half \ud800"),
            ("doc", {"a": "\0"}),
            ("doc", {"a": "\\\0"}),
            ("doc", b'{"a": "\\u0000"}'),
            ("texts", ["ok", "\0"]),
        ],
    )
    def test_refuses_what_postgres_cannot_store(self, tx, table, column, value):
        with pytest.raises(Invalid) as caught:
            bulk.insert_many(tx, table, {"n": [1, 2], column: [None, value]})
        assert caught.value.field == f"{column}[1]"

    def test_no_nan_in_json(self, tx, table):
        with pytest.raises(Invalid):
            bulk.insert_many(tx, table, {"n": [1], "doc": [{"a": math.nan}]})

    def test_duplicate(self, tx, table):
        bulk.insert_many(tx, table, {"n": [1], "words": ["first"]})
        again = {"n": [1, 2], "words": ["second", "new"]}
        with pytest.raises(Duplicate), tx.savepoint():
            bulk.insert_many(tx, table, again)
        assert bulk.insert_many(tx, table, again, skip_existing=True) == 1
        assert read(tx, "words") == [("first",), ("new",)]

    def test_savepoint_takes_everything_back(self, tx, table):
        def half():
            with tx.savepoint():
                bulk.insert_many(tx, table, {"n": [1]})
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            half()
        assert read(tx) == []
        assert bulk.insert_many(tx, table, {"n": [1]}) == 1

    def test_uneven_columns_and_unknown_types(self, tx, table):
        with pytest.raises(Bug):
            bulk.insert_many(tx, table, {"n": [1], "words": ["a", "b"]})
        tx.driver.execute("ALTER TABLE everything ADD COLUMN span interval")
        with pytest.raises(Bug):
            bulk.insert_many(tx, table, {"n": [1], "span": ["1 h"]})


SCALARS = ["f8:f8", "i8:i8", "i4:i4", "at:ts", "uid:uuid"]
PLAIN = "SELECT f8, i8, i4, at, uid FROM everything ORDER BY n"


class TestReadMatrix:
    @pytest.fixture
    def rows(self, tx, table):
        micros = np.array([(at - EPOCH) // US for at in (AT, BEFORE)])
        columns = {
            "n": [1, 2],
            "f8": [1.5, math.nan],
            "i8": [2**62, -1],
            "i4": [7, -8],
            "at": micros,
            "uid": [ID, ID],
            "f4s": np.array([[1, np.nan], [3, 4]], "f4"),
            "f8s": np.array([[1.5], [2.5]]),
            "i8s": np.array([[1, 2, 3], [4, 5, 2**62]]),
            "texts": [[], []],
        }
        bulk.insert_many(tx, table, columns)
        return columns

    def check(self, got, rows):
        assert got["f8"][0] == 1.5
        assert math.isnan(got["f8"][1])
        assert got["f8"].dtype == np.float64
        for name in ("i8", "i4", "at"):
            assert got[name].tolist() == list(rows[name])
            assert got[name].dtype.isnative
        assert got["uid"].tolist() == [ID.bytes] * 2

    def test_scalars(self, tx, rows):
        self.check(bulk.read_matrix(tx, sql.SQL(PLAIN), scalars=SCALARS), rows)

    def test_arrays(self, tx, rows):
        query = "SELECT f8, i8, i4, at, uid, f4s, f8s, i8s FROM everything ORDER BY n"
        arrays = {"f4s": 2, "f8s:f8": 1, "i8s:i8": 3}
        got = bulk.read_matrix(tx, sql.SQL(query), scalars=SCALARS, arrays=arrays)
        self.check(got, rows)
        np.testing.assert_array_equal(got["f4s"], rows["f4s"])
        assert got["f4s"].dtype == np.float32
        assert got["f8s"].tolist() == [[1.5], [2.5]]
        assert got["i8s"].tolist() == rows["i8s"].tolist()

    @pytest.mark.usefixtures("rows")
    def test_empty_arrays(self, tx):
        query = sql.SQL("SELECT i8, '{}'::real[] AS f4s FROM everything ORDER BY n")
        got = bulk.read_matrix(tx, query, scalars=["i8:i8"], arrays={"f4s": 0})
        assert got["f4s"].shape == (2, 0)

    @pytest.mark.usefixtures("table")
    def test_no_rows(self, tx):
        got = bulk.read_matrix(tx, sql.SQL(PLAIN), scalars=SCALARS)
        assert all(column.shape == (0,) for column in got.values())
        query = sql.SQL("SELECT i8, f4s FROM everything")
        got = bulk.read_matrix(tx, query, scalars=["i8:i8"], arrays={"f4s": 3})
        assert got["f4s"].shape == (0, 3)

    @pytest.mark.parametrize(
        ("query", "scalars", "arrays"),
        [
            ("SELECT NULL::bigint AS a", ["a:i8"], {}),
            ("SELECT 1::smallint AS a", ["a:i8"], {}),
            ("SELECT 1::bigint AS a, NULL::real[] AS b", ["a:i8"], {"b": 1}),
            ("SELECT 1::bigint AS a, '{1}'::real[] AS b", ["a:i8"], {"b": 2}),
            ("SELECT 1::bigint AS a, '{1,NULL}'::real[] AS b", ["a:i8"], {"b": 2}),
            ("SELECT 1::bigint AS a, '{1,2}'::float8[] AS b", ["a:i8"], {"b": 3}),
            # Rows of the promised total size that are not what was promised.
            ("SELECT 1::bigint AS a, '{{1},{2}}'::real[] AS b", ["a:i8"], {"b": 3}),
        ],
    )
    def test_refuses(self, tx, query, scalars, arrays):
        with pytest.raises(Bug):
            bulk.read_matrix(tx, sql.SQL(query), scalars=scalars, arrays=arrays)

    def test_errors_are_ours(self, tx):
        with pytest.raises(Bug) as caught, tx.savepoint():
            bulk.read_matrix(tx, sql.SQL("SELECT nothing"), scalars=["a:i8"])
        assert isinstance(caught.value.__cause__, psycopg.Error)
        with pytest.raises(Invalid), tx.savepoint():
            bulk.read_matrix(tx, sql.SQL("SELECT 'x'::text::bigint"), scalars=["a:i8"])

    def test_json_with_backslashes_is_no_nul(self, tx, table):
        value = {"path": "C:\\u0000"}
        bulk.insert_many(tx, table, {"n": [1], "doc": [json.dumps(value).encode()]})
        assert read(tx, "doc") == [(value,)]
