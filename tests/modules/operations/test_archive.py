"""Old rows asked like live ones, brought back, held; and what a query may not reach."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pyarrow as pa
import pytest
from starlette.testclient import TestClient

from everlearn.core import partitions
from everlearn.core.errors import Conflict, Invalid, NotFound, Unavailable
from everlearn.core.ids import uuid7
from everlearn.core.migrate import load_tables
from everlearn.entry.api import create_app
from everlearn.modules.operations import service
from everlearn.modules.operations.cli.archive import days_of, period_of
from everlearn.modules.operations.errors import ArchiveMismatch
from everlearn.modules.operations.service import (
    archive,
    parquet,
    querying,
    restoring,
    retention,
)
from everlearn.modules.operations.service.columns import pick, read_batches
from everlearn.modules.operations.types import FileState
from everlearn.modules.tenancy import service as tenancy
from everlearn.modules.tenancy.types import Role

load_tables()
EVENTS = "events.learning_events"
MAY, JUNE = datetime(2023, 5, 10, tzinfo=UTC), datetime(2023, 6, 10, tzinfo=UTC)
DATA = ('{"a": 1.50, "b": "x", "c": [1, {"d": null}]}', '{"a": 2, "e": "q\\"u"}', "{}")
DROP = "SELECT app.drop_expired_partition(:t, 'learning_events_y2023m05', :at)"
COUNT = "SELECT count(*) AS n FROM learning_events"

FORBIDDEN = [
    "SELECT * FROM read_parquet('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM '{rival}'",
    "SELECT * FROM read_parquet('{rival}')",
    "SELECT * FROM parquet_metadata('{rival}')",
    "SELECT * FROM glob('/**')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "ATTACH '/tmp/x.db'",
    "COPY (SELECT 1) TO '/tmp/x.csv'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "SELECT 1; SELECT 2",
    "CREATE TABLE x (a int)",
    "DROP VIEW learning_events",
    "EXPORT DATABASE '/tmp/x'",
    "SELECT * FROM archived",
    "SELECT * FROM nowhere",
    "SELECT",
    "",
]


class House:
    """A database of its own, its archive, and two tenants."""

    def __init__(self, db, folder):
        self.db = db
        self.settings = db.settings.model_copy(update={"data_dir": folder})
        self.app, self.service = db.database(), db.database("service")
        self.acme, self.rival = db.tenant("acme"), db.tenant("rival")

    def events(self, tenant, at, n=3):
        with self.app.tx(tenant) as tx:
            partitions.ensure(tx, EVENTS, [at])
            for i in range(n):
                tx.execute(
                    "INSERT INTO events.learning_events (id, event_type, event_data, timestamp,"
                    " processing_time_ms) VALUES (:id, 'model_training', CAST(:data AS jsonb),"
                    " :at, :ms)",
                    {
                        "id": uuid7(at),
                        "at": at + timedelta(seconds=i),
                        "data": DATA[i % len(DATA)],
                        "ms": i / 8,
                    },
                )

    def sweep(self, **more):
        swept = retention.sweep(self.service, self.settings, only=[EVENTS], **more)
        assert not [problem for each in swept for problem in each.problems]
        return sum(each.archived for each in swept)

    def ask(self, sql, tenant=None, **more):
        return querying.query(self.app, self.settings, tenant or self.acme, sql, **more)

    def rows(self, sql, **more):
        return self.ask(sql, **more).table.to_pylist()

    def count(self, **more):
        return self.rows(COUNT, **more)[0]["n"]

    def live(self, tenant=None):
        with self.service.tx(tenant or self.acme) as tx:
            query = "SELECT t::text FROM events.learning_events t WHERE tenant_id = app.tenant_id()"
            return sorted(tx.execute(query).scalars())

    def files(self, tenant=None):
        with self.app.tx(tenant or self.acme) as tx:
            return service.list_files(tx)

    def restore(self, start=MAY, end=MAY, **more):
        return restoring.restore(
            self.service, self.settings, self.acme, EVENTS, start=start,
            end=end + timedelta(days=1), **more,
        )  # fmt: skip


@pytest.fixture
def house(db, tmp_path):
    return House(db, tmp_path)


@pytest.fixture
def archived(house):
    """Give two archived months and some live rows of one tenant, and a month of another."""
    for at in (MAY, JUNE, house.db.clock.now()):
        house.events(house.acme, at)
    house.events(house.rival, MAY, 5)
    house.before = house.live()
    assert house.sweep() == 11
    return house


def path_of(url):
    return Path(unquote(urlsplit(url).path))


class TestQuery:
    def test_archived_and_live_as_one(self, archived):
        answer = archived.ask(COUNT)
        assert (answer.table.to_pylist(), answer.files, answer.live_rows) == ([{"n": 9}], 2, 3)
        assert archived.count(live=False) == 6
        assert archived.ask(COUNT, archived.rival).table.to_pylist() == [{"n": 5}]

    def test_every_value_comes_back(self, house):
        house.events(house.acme, MAY)
        sql = "SELECT * FROM events.learning_events ORDER BY timestamp"
        before = house.rows(sql)
        house.sweep()
        after = house.rows(sql)
        for row in (*before, *after):
            row["event_data"] = json.loads(row["event_data"])
        assert after == before
        assert len({row["id"] for row in after}) == 3
        assert {row["tenant_id"] for row in after} == {str(house.acme)}

    @pytest.mark.parametrize(
        ("where", "files", "live", "n"),
        [
            ("timestamp < '2023-06-01'", 1, 0, 3),
            ("timestamp >= '2023-06-10' AND timestamp <= '2023-06-10 00:00:01'", 1, 0, 2),
            ("timestamp > '2024-01-01'", 0, 3, 3),
            ("timestamp = '2023-05-10'", 1, 0, 1),
            ("timestamp < '2023-06-01' OR timestamp > '2026-01-01'", 2, 3, 6),
            ("event_type = 'model_training'", 2, 3, 9),
        ],
    )
    def test_only_files_of_the_time_are_read(self, archived, where, files, live, n):
        answer = archived.ask(f"{COUNT} WHERE {where}")
        assert (answer.files, answer.live_rows) == (files, live)
        assert answer.table.to_pylist() == [{"n": n}]

    def test_one_table_twice(self, archived):
        sql = (
            "SELECT (SELECT count(*) FROM learning_events WHERE timestamp < '2023-06-01') AS old,"
            " (SELECT count(*) FROM events.learning_events WHERE timestamp > '2026-01-01') AS new"
        )
        assert archived.rows(sql) == [{"old": 3, "new": 3}]

    def test_rows_in_both_count_once(self, house, monkeypatch):
        """Between the reading back and the dropping they are in a file and in the table."""
        house.events(house.acme, MAY)
        with monkeypatch.context() as patch:
            patch.setattr(retention._Sweep, "_drop", lambda *_: False)
            patch.setattr(archive, "drop_piece", lambda *_, **__: 0)
            house.sweep()
        assert [file.state for file in house.files()] == [FileState.VERIFIED]
        assert house.count() == 3

    def test_by_month(self, archived):
        sql = (
            "SELECT date_trunc('month', timestamp) AS month, count(*) AS n FROM learning_events"
            " WHERE timestamp < '2024-01-01' GROUP BY 1 ORDER BY 1"
        )
        assert archived.rows(sql) == [
            {"month": MAY.replace(day=1), "n": 3},
            {"month": JUNE.replace(day=1), "n": 3},
        ]

    def test_limit_and_forms(self, archived):
        answer = archived.ask("SELECT timestamp FROM learning_events", limit=4)
        assert (answer.table.num_rows, answer.truncated) == (4, True)
        assert not archived.ask("SELECT timestamp FROM learning_events", limit=9).truncated

    def test_it_reads_the_tables_and_nothing_else(self, archived):
        (theirs,) = archived.files(archived.rival)
        for each in FORBIDDEN:
            text = each.format(rival=path_of(theirs.url))
            # With the tenant's own files open, and without.
            for sql in {text, text + (", learning_events" if "SELECT * " in text else "")}:
                with pytest.raises(Invalid) as caught:
                    archived.ask(sql)
                assert caught.value.field == "sql", sql

    def test_of_another_tenants_live_rows_nothing(self, house):
        house.events(house.rival, house.db.clock.now())
        assert house.count() == 0
        sql = f"{COUNT} WHERE tenant_id = '{house.rival}'"
        assert house.rows(sql) == [{"n": 0}]

    def test_it_ends(self, archived):
        archived.settings = archived.settings.model_copy(update={"archive_query_timeout_s": 0.2})
        sql = "SELECT count(*) FROM range(100000000000) a, learning_events"
        with pytest.raises(Unavailable, match="longer"):
            archived.ask(sql)

    def test_a_file_that_is_gone(self, archived):
        path_of(archived.files()[0].url).unlink()
        with pytest.raises(Unavailable):
            archived.count()
        assert archived.rows(f"{COUNT} WHERE timestamp > '2023-06-01'") == [{"n": 6}]

    def test_files_of_before_there_were_layouts(self, house, monkeypatch):
        """As the first release wrote them: the table's own columns, `tenant_id` too."""
        house.events(house.acme, MAY)
        before = house.live()

        def old(tx, path, columns, rows, *, clock):
            lib = parquet.arrow()
            picks = [pick(column) for column in columns]
            whole = lib.concat_tables(read_batches(tx, picks, rows))
            lib.parquet.write_table(whole, path, compression="zstd")
            return {column.name: {"form": "plain"} for column in columns}

        with monkeypatch.context() as patch:
            patch.setattr(parquet, "write", old)
            patch.setattr(archive, "_summary", lambda _: archive._OF_ROWS)
            house.sweep()
        with house.service.tx(house.acme) as tx:
            tx.execute("UPDATE operations.archive_manifests SET layout = NULL")
        assert house.rows("SELECT sum(processing_time_ms) s FROM learning_events") == [{"s": 3 / 8}]
        house.restore()
        assert house.live() == before


class TestRestore:
    def test_a_month_comes_back(self, archived):
        done = archived.restore(keep_days=10)
        assert (done.rows, done.files, done.there) == (3, 1, 0)
        assert archived.count() == 9
        assert set(archived.live()) < set(archived.before)
        again = archived.restore(keep_days=20)
        assert (again.rows, again.there, len(archived.live())) == (0, 3, 6)
        file = archived.files()[0]
        assert file.state == FileState.RESTORED
        assert file.held_until == archived.db.clock.now() + timedelta(days=20)

    def test_it_stays_for_its_time_and_goes_again(self, archived):
        archived.restore(keep_days=10)
        assert archived.sweep() == 0
        with pytest.raises(Conflict, match="restored"), archived.service.tx(None) as tx:
            tx.execute(DROP, {"t": EVENTS, "at": tx.now()})
        assert service.archive_lag(archived.service) == []
        old = path_of(archived.files()[0].url)
        later = archived.db.clock.now() + timedelta(days=11)
        assert archived.sweep(at=later) == 3
        assert archived.count() == 9
        states = [(file.state, file.part) for file in archived.files()]
        assert states == [(FileState.ARCHIVED, 2), (FileState.ARCHIVED, 1)]
        assert not old.exists()

    def test_all_of_a_time(self, archived):
        assert archived.restore(MAY, JUNE).rows == 6
        assert archived.live() == archived.before

    def test_what_is_not_there(self, archived):
        with pytest.raises(NotFound):
            archived.restore(JUNE + timedelta(days=40), JUNE + timedelta(days=41))
        with pytest.raises(Invalid):
            archived.restore(keep_days=0)

    @pytest.mark.parametrize("how", ["flipped", "cut"])
    def test_a_changed_file_restores_nothing(self, archived, how):
        path = path_of(archived.files()[0].url)
        data = bytearray(path.read_bytes())
        if how == "cut":
            data = data[:-100]
        else:
            data[len(data) // 2] ^= 1
        path.write_bytes(data)
        with pytest.raises(ArchiveMismatch):
            archived.restore()
        assert len(archived.live()) == 3
        with archived.app.tx(archived.acme) as tx:
            first, second = service.verify_files(tx, archived.settings)
        assert (bool(first.problem), second.problem) == (True, None)

    def test_into_a_table_that_has_grown(self, archived):
        with psycopg.connect(archived.db.server.conninfo("owner")) as owner:
            owner.execute(
                "ALTER TABLE events.learning_events ADD note text,"
                " ADD grade smallint NOT NULL DEFAULT 7,"
                " ADD half float8 GENERATED ALWAYS AS (processing_time_ms / 2) STORED"
            )
        assert archived.restore(MAY, JUNE).rows == 6
        found = archived.rows(
            "SELECT count(*) n, sum(half) h, min(grade) g, count(note) notes FROM learning_events"
            " WHERE timestamp < '2023-07-01'"
        )
        assert found == [{"n": 6, "h": 3 / 8, "g": 7, "notes": 0}]
        later = archived.db.clock.now() + timedelta(days=40)
        assert archived.sweep(at=later) == 6, "and they go again, with what has come"

    def test_into_a_table_that_has_lost_a_column(self, archived):
        with psycopg.connect(archived.db.server.conninfo("owner")) as owner:
            owner.execute("ALTER TABLE events.learning_events DROP session_id CASCADE")
        with pytest.raises(ArchiveMismatch, match="no column session_id any more"):
            archived.restore()
        assert archived.count() == 9

    def test_rows_that_are_there_and_differ(self, archived):
        id_ = archived.rows("SELECT id FROM learning_events ORDER BY timestamp LIMIT 1")[0]["id"]
        with archived.app.tx(archived.acme) as tx:
            partitions.ensure(tx, EVENTS, [MAY])
            tx.execute(
                "INSERT INTO events.learning_events (id, event_type, event_data, timestamp)"
                " VALUES (:id, 'model_training', '{\"other\": 1}', :at)",
                {"id": id_, "at": MAY},
            )
        with pytest.raises(ArchiveMismatch, match="nothing of it is restored"):
            archived.restore()
        assert len(archived.live()) == 4


class TestHold:
    def test_held_and_released(self, house):
        house.events(house.acme, MAY)
        with house.app.tx(house.acme) as tx:
            assert service.hold(tx, [EVENTS], reason="case 12") == [EVENTS]
            assert service.hold(tx, [EVENTS], reason="case 12") == []
            assert service.hold(tx, [EVENTS]) == []
            assert service.holds(tx)[0].reason == "case 12"  # what is not said is not taken back
            service.set_retention(tx, EVENTS, days=1)  # does not end it
            (held,) = service.holds(tx)
            assert (held.table, held.reason) == (EVENTS, "case 12")
        assert house.sweep() == 0
        with house.service.tx(None) as tx:
            with pytest.raises(Conflict, match="still keeps"), tx.savepoint():
                tx.execute(DROP, {"t": EVENTS, "at": tx.now()})
            assert tx.scalar("SELECT app.cleanup_old_learning_events()") == 0
        with pytest.raises(Exception, match="legal hold"):
            tenancy.erase_tenant(house.db.server, house.acme)
        assert len(house.live()) == 3
        with house.app.tx(house.acme) as tx:
            assert service.release(tx) == [EVENTS]
            # Held, set anew, looked through by the sweep, released.
            query = "SELECT count(*) FROM audit.audit_logs WHERE resource_type = :table"
            assert tx.scalar(query, {"table": "data_retention_policies"}) == 4
        assert house.sweep() == 3

    def test_all_tables(self, house):
        with house.app.tx(house.acme) as tx:
            held = service.hold(tx)
            assert len(held) == len(service.retained_tables(tx)) == len(service.holds(tx))
            with pytest.raises(Invalid, match="no rows"):
                service.hold(tx, ["audit.audit_logs"])

    def test_lag(self, house):
        house.events(house.acme, MAY)
        (late,) = service.archive_lag(house.service)
        due = datetime(2023, 6, 1, tzinfo=UTC) + timedelta(days=730)
        assert late.seconds == (house.db.clock.now() - due).total_seconds()
        names = {each.name for each in service.partition_sizes(house.service)}
        assert late.partition in names


class TestSurfaces:
    def http(self, house, role):
        with house.app.tx(house.acme) as tx:
            key = tenancy.create_key(tx, name=role, role=role)
        client = TestClient(create_app(house.app, settings=house.settings))
        client.headers["authorization"] = f"Bearer {key.secret}"
        return client

    def test_rest(self, archived):
        reader, admin = self.http(archived, Role.READER), self.http(archived, Role.ADMIN)
        sql = "SELECT timestamp, processing_time_ms FROM learning_events ORDER BY 1"
        found = reader.post("/v1/archive:query", json={"sql": sql, "limit": 1}).json()
        assert found == {
            "columns": ["timestamp", "processing_time_ms"],
            "rows": [["2023-05-10T00:00:00+00:00", 0.0]],
            "truncated": True, "files": 2, "live_rows": 3,
        }  # fmt: skip
        got = reader.post("/v1/archive:query", json={"sql": sql, "format": "arrow"})
        assert pa.ipc.open_stream(got.content).read_all().num_rows == 9
        refused = reader.post("/v1/archive:query", json={"sql": "DROP VIEW x"})
        assert (refused.status_code, refused.json()["field"]) == (422, "sql")
        assert reader.post("/v1/archive:hold", json={}).status_code == 403
        body = {"tables": [EVENTS], "reason": "case 12"}
        assert admin.post("/v1/archive:hold", json=body).json()[0]["reason"] == "case 12"
        assert admin.get("/v1/archive/holds").json()[0]["table"] == EVENTS
        assert admin.post("/v1/archive:release", json={}).json() == []

    def test_page(self, archived):
        admin = self.http(archived, Role.ADMIN)
        page = admin.get("/operations/archive", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert "<h1>Archive" in page.text
        assert EVENTS in page.text
        given = {"table": EVENTS, "reason": "case 12"}
        page = admin.post("/operations/archive/hold", data=given)
        assert "case 12" in page.text
        page = admin.post("/operations/archive/release", data={"table": EVENTS})
        assert "No table is held" in page.text

    def test_cli(self, db, cli, tmp_path):
        db.tenant("default")
        assert cli("archive", "query", "SELECT 1 AS one", "--json").json() == [{"one": 1}]
        file = tmp_path / "x.parquet"
        assert cli("archive", "query", COUNT, "--parquet", str(file)).code == 0
        assert pa.parquet.read_table(file).to_pylist() == [{"n": 0}]
        assert cli("archive", "hold", EVENTS, "--json").json()[0]["table"] == EVENTS
        assert EVENTS in cli("archive", "holds").out
        assert EVENTS in cli("archive", "release").out
        assert "0 files" in cli("archive", "verify").out
        assert "nothing yet" in cli("archive", "list").out
        missing = cli("archive", "restore", EVENTS, "2023-05", "--json")
        assert (missing.code, "has no rows" in missing.err) == (3, True)

    def test_periods(self):
        day = datetime(2023, 5, 1, tzinfo=UTC)
        june = datetime(2023, 6, 1, tzinfo=UTC)
        assert period_of("2023-05") == (day, june)
        assert period_of("2023-05..2023-12") == (day, datetime(2024, 1, 1, tzinfo=UTC))
        assert period_of("2023-05-01") == (day, day + timedelta(days=1))
        assert period_of("2023")[0] == datetime(2023, 1, 1, tzinfo=UTC)
        for wrong in ("May", "2023-13", "2023-06..2023-05", ""):
            with pytest.raises(Invalid):
                period_of(wrong)
        assert (days_of("30d"), days_of("7")) == (30, 7)
        with pytest.raises(Invalid):
            days_of("a while")
