"""Reads go to a real streaming replica while it is close behind, and nobody sees it fail."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from everlearn.core.arrow_out import Column
from everlearn.core.errors import EverlearnError, Invalid, Unavailable
from everlearn.core.pg import dsn
from everlearn.core.pg.types import EmbeddedServer
from everlearn.core.reading import Rows, counter, plan_of
from everlearn.core.replica import Lag, Replica
from everlearn.core.testing.plugin import _binaries
from everlearn.core.testing.replica import servers
from everlearn.core.tx import Actor, Database, connect
from everlearn.modules.tenancy import service as tenancy
from everlearn.modules.tenancy import types as tenancy_types

WHERE = "SELECT pg_is_in_recovery()"
ADD = (
    "INSERT INTO operations.job_runs (name, queue, queued_by)"
    " SELECT 'x', 'nobody takes it', repeat('y', 100) FROM generate_series(1, :n)"
)
COUNT = "SELECT count(*) FROM operations.job_runs WHERE tenant_id = app.tenant_id()"
WAIT_S = 20.0


def until(check, what):
    deadline = time.monotonic() + WAIT_S
    while not check():
        assert time.monotonic() < deadline, f"{what} did not happen in {WAIT_S:.0f} s"
        time.sleep(0.02)


@pytest.fixture(scope="module")
def pair():
    if os.environ.get("EVERLEARN_TEST_DATABASE_URL"):
        pytest.skip("the replica is made of the embedded server's programs")
    memory = Path("/dev/shm")
    base = memory if memory.is_dir() and shutil.disk_usage(memory).free > 2 << 30 else None
    folder = Path(tempfile.mkdtemp(prefix="everlearn-pair-", dir=base))
    folder.chmod(0o711)  # the servers' own user goes through it
    with servers(folder, binaries=_binaries()) as made:
        yield made


@pytest.fixture
def open_database(pair):
    made = []

    def open_(max_lag_s=5.0, **more):
        settings = pair.settings.model_copy(
            update={"read_url": SecretStr(pair.read_url), "read_max_lag_s": max_lag_s, **more}
        )
        database = connect(pair.primary, settings)
        assert database.replica is not None
        database.replica.close()
        database.replica = Replica.behind(pair.primary, settings, check_s=0.05)
        made.append(database)
        return database

    yield open_
    for database in made:
        database.dispose()


@pytest.fixture
def database(open_database):
    return open_database()


@pytest.fixture
def tenant(pair, database):
    found = tenancy.ensure_tenant(database, slug=f"t-{uuid4().hex[:8]}").id
    pair.replica.catch_up(pair.primary)
    return found


def add(database, tenant, n=1):
    with database.tx(tenant) as tx:
        tx.execute(ADD, {"n": n})


def server_of(database, tenant):
    with database.read_tx(tenant) as tx:
        return tx.server


def until_on(database, tenant, server):
    until(lambda: server_of(database, tenant) == server, f"reads on the {server}")


def streamed(database, tenant, slow):
    """Give a bulk read of the tenant's rows that says where each was read, and takes its time."""
    query = sql.SQL(
        "SELECT pg_is_in_recovery() AND {} IS NOT NULL OR pg_is_in_recovery() AS standby"
        " FROM operations.job_runs WHERE tenant_id = {}"
    ).format(sql.SQL(slow), sql.Literal(tenant))
    plan = plan_of(
        query,
        [Column("standby", "bool")],
        count=counter(sql.SQL("SELECT count(standby) FROM ({}) AS f").format(query)),
    )
    return Rows(plan, lambda: database.read_tx(tenant))


class TestReading:
    def test_reads_go_to_the_replica_and_writes_to_the_primary(self, pair, database, tenant):
        add(database, tenant, 3)
        pair.replica.catch_up(pair.primary)
        until_on(database, tenant, "replica")
        with database.read_tx(tenant) as tx:
            assert tx.scalar(WHERE) is True
            assert tx.scalar(COUNT) == 3
            assert tx.driver.execute(WHERE).fetchone() == (True,)
        with database.tx(tenant) as tx:
            assert tx.scalar(WHERE) is False

    def test_a_tenant_sees_its_own_rows_there_as_the_same_role(self, pair, database, tenant):
        other = tenancy.ensure_tenant(database, slug=f"t-{uuid4().hex[:8]}").id
        add(database, tenant, 2)
        add(database, other, 1)
        pair.replica.catch_up(pair.primary)
        until_on(database, tenant, "replica")
        seen = {}
        for who in (tenant, other, None):
            with database.read_tx(who) as tx:
                assert tx.server == "replica"
                assert tx.scalar("SELECT current_user") == "everlearn_app"
                seen[who] = tx.scalar("SELECT count(*) FROM operations.job_runs")
        assert seen == {tenant: 2, other: 1, None: 0}

    @pytest.mark.parametrize("fresh", [False, True])
    def test_nothing_can_be_written(self, database, tenant, fresh):
        until_on(database, tenant, "replica")
        with pytest.raises(EverlearnError), database.read_tx(tenant, fresh=fresh) as tx:
            assert tx.scalar(WHERE) is not fresh
            tx.execute(ADD, {"n": 1})
        with database.tx(tenant) as tx:
            assert tx.scalar(COUNT) == 0

    def test_a_request_is_read_on_the_replica_unless_it_asks_for_the_newest(
        self, pair, database, tenant
    ):
        from starlette.testclient import TestClient

        from everlearn.entry.api import create_app

        with database.tx(tenant, actor=Actor("user", "tester")) as tx:
            key = tenancy.create_key(tx, name="test", role=tenancy_types.Role.ADMIN)
        client = TestClient(create_app(database))
        client.headers["authorization"] = f"Bearer {key.secret}"
        pair.replica.catch_up(pair.primary)
        until_on(database, tenant, "replica")

        def read_on(path, **headers):
            answer = client.get(path, headers=headers)
            assert answer.status_code == 200, answer.text
            return answer.headers.get("x-everlearn-read-on")

        assert read_on("/v1/job_runs") == "replica"
        assert read_on("/v1/metrics") == "replica"
        assert read_on("/v1/job_runs", **{"cache-control": "no-cache"}) == "primary"
        assert read_on("/v1/models") is None  # what one may just have made is read on the primary
        add(database, tenant)
        assert 'everlearn_reads_total{server="replica"}' in client.get("/metrics").text


class TestLag:
    def test_a_paused_replay_sends_reads_to_the_primary_and_back(self, pair, open_database):
        database = open_database(max_lag_s=0.3)
        tenant = tenancy.ensure_tenant(database, slug=f"t-{uuid4().hex[:8]}").id
        pair.replica.catch_up(pair.primary)
        until_on(database, tenant, "replica")
        pair.replica.execute("SELECT pg_wal_replay_pause()")
        try:
            add(database, tenant)
            until_on(database, tenant, "primary")
            with database.read_tx(tenant) as tx:
                assert tx.scalar(COUNT) == 1
            assert database.replica.lag_s is None or database.replica.lag_s > 0.3
        finally:
            pair.replica.execute("SELECT pg_wal_replay_resume()")
        until_on(database, tenant, "replica")
        with database.read_tx(tenant) as tx:
            assert tx.scalar(COUNT) == 1

    def test_an_idle_primary_is_no_lag(self, pair, open_database):
        database = open_database(max_lag_s=0.2)
        tenant = tenancy.ensure_tenant(database, slug=f"t-{uuid4().hex[:8]}").id
        pair.replica.catch_up(pair.primary)
        until_on(database, tenant, "replica")
        time.sleep(0.6)  # three times the bound, and nobody writes
        assert server_of(database, tenant) == "replica"

    def test_a_stopped_receiver_is_lag(self, pair, open_database):
        database = open_database(max_lag_s=0.3)
        tenant = tenancy.ensure_tenant(database, slug=f"t-{uuid4().hex[:8]}").id
        pair.replica.catch_up(pair.primary)
        until_on(database, tenant, "replica")
        pair.replica.execute("ALTER SYSTEM SET primary_conninfo = 'host=/nowhere dbname=postgres'")
        pair.replica.execute("SELECT pg_reload_conf()")
        try:
            query = "SELECT count(*) FROM pg_stat_wal_receiver"
            until(lambda: pair.replica.execute(query) == 0, "the receiver's end")
            add(database, tenant)
            until_on(database, tenant, "primary")
        finally:
            conninfo = pair.primary.conninfo("admin")
            pair.replica.execute(
                f"ALTER SYSTEM SET primary_conninfo = '{conninfo.replace(chr(39), chr(39) * 2)}'"
            )
            pair.replica.execute("SELECT pg_reload_conf()")
        until_on(database, tenant, "replica")

    def test_seconds_are_told_from_positions(self):
        lag = Lag()
        assert lag.observe(100, 90, at=0.0) is None  # behind all that is known
        assert lag.observe(100, 100, at=1.0) == 0.0
        assert lag.observe(100, 100, at=500.0) == 0.0  # nobody wrote
        assert lag.observe(200, 100, at=501.0) == pytest.approx(1.0)
        assert lag.observe(300, 150, at=502.0) == pytest.approx(2.0)
        assert lag.observe(400, 250, at=503.0) == pytest.approx(2.0)
        assert lag.observe(400, 400, at=504.0) == 0.0


class TestFailure:
    def test_a_killed_replica_is_left_at_once_and_found_again(self, pair, database, tenant):
        add(database, tenant, 2)
        pair.replica.catch_up(pair.primary)
        until_on(database, tenant, "replica")
        with database.read_tx(tenant) as tx:
            assert tx.scalar(WHERE) is True
            pair.replica.kill()
            # In the middle of a transaction: the next statement is answered by the primary.
            assert tx.scalar(COUNT) == 2
            assert tx.server == "primary"
        started = time.monotonic()
        for _ in range(20):  # pooled connections of the dead server too
            with database.read_tx(tenant) as tx:
                assert tx.scalar(COUNT) == 2
                assert tx.scalar(WHERE) is False
        assert time.monotonic() - started < 2.0
        pair.replica.start()
        until_on(database, tenant, "replica")

    def test_a_copy_is_read_from_the_primary_when_the_replica_died(self, pair, database, tenant):
        add(database, tenant, 2)
        pair.replica.catch_up(pair.primary)
        until_on(database, tenant, "replica")
        with database.read_tx(tenant) as tx:
            pair.replica.kill()
            with tx.driver.cursor().copy(
                "COPY (SELECT id FROM operations.job_runs) TO STDOUT"
            ) as copy:
                assert len(list(copy)) == 2
        pair.replica.start()

    @pytest.mark.parametrize("kind", ["kill", "stop"])
    def test_a_stream_begins_again_on_the_primary_when_the_replica_dies_before_a_batch(
        self, pair, database, tenant, kind
    ):
        add(database, tenant, 3)
        pair.replica.catch_up(pair.primary)
        until_on(database, tenant, "replica")
        rows = streamed(database, tenant, "pg_sleep(0.3)")
        end = threading.Timer(0.5, getattr(pair.replica, kind))
        end.start()
        found = rows.to_arrow().column("standby").to_pylist()
        assert found == [False] * 3, "every row is of the primary"
        end.join()
        assert database.replica is not None
        assert not database.replica.is_usable()
        for _ in range(5):  # none of the connections is left in the middle of it
            with database.read_tx(tenant) as tx:
                assert tx.scalar(COUNT) == 3
        until(lambda: _starts(pair.replica), "the start of the replica")

    def test_a_count_is_asked_again_on_the_primary(self, pair, database, tenant):
        add(database, tenant, 3)
        pair.replica.catch_up(pair.primary)
        until_on(database, tenant, "replica")
        end = threading.Timer(0.5, pair.replica.kill)
        end.start()
        assert streamed(database, tenant, "pg_sleep(0.3)").count() == 3
        end.join()
        until(lambda: _starts(pair.replica), "the start of the replica")

    def test_a_stream_of_which_a_part_was_given_ends_with_an_error(self, pair, database, tenant):
        """The rest would be of another moment, or come twice."""
        add(database, tenant, 5_000)
        pair.replica.catch_up(pair.primary)
        until_on(database, tenant, "replica")
        slow = "CASE WHEN row_number() OVER () > 4000 THEN pg_sleep(0.01) END"
        batches = streamed(database, tenant, slow).batches(1_000)
        assert next(batches).column("standby").to_pylist() == [True] * 1_000
        pair.replica.kill()
        with pytest.raises(Unavailable):
            list(batches)
        with database.read_tx(tenant) as tx:
            assert tx.scalar(COUNT) == 5_000
        until(lambda: _starts(pair.replica), "the start of the replica")

    def test_killed_while_it_catches_up_it_ends_with_every_row_once(self, pair, database, tenant):
        pair.replica.kill()
        add(database, tenant)  # while it is away
        rows = 1
        for _ in range(3):
            until(lambda: _starts(pair.replica), "the start of the replica")
            add(database, tenant, 4000)  # some MB of log to replay
            rows += 4000
            pair.replica.kill()
        until(lambda: _starts(pair.replica), "the start of the replica")
        pair.replica.catch_up(pair.primary)
        digest = (
            "SELECT count(*), md5(string_agg(id::text, ',' ORDER BY id)) FROM operations.job_runs"
            " WHERE tenant_id = app.tenant_id()"
        )
        until_on(database, tenant, "replica")
        with database.read_tx(tenant) as tx:
            assert tx.server == "replica"
            there = tx.execute(digest).one()
        with database.tx(tenant) as tx:
            assert tx.execute(digest).one() == there
        assert there.count == rows

    def test_a_server_that_is_no_replica_is_not_read(self, pair, tenant, capsys):
        """It may be one that was promoted: what it shows is another history."""
        primary = pair.primary
        assert isinstance(primary, EmbeddedServer)
        url = f"host={primary.socket_folder} user=postgres dbname=everlearn"
        settings = pair.settings.model_copy(update={"read_url": SecretStr(url)})
        database = connect(primary, settings)
        try:
            assert server_of(database, tenant) == "primary"
            assert server_of(database, tenant) == "primary"
        finally:
            database.dispose()
        said = capsys.readouterr()
        assert (said.out + said.err).count("reads go to the primary") == 1  # once a change

    def test_a_wrong_url_names_its_setting_and_hides_its_password(self):
        with pytest.raises(Invalid) as caught:
            dsn.read(SecretStr("postgresql://u:hunter2@h:notaport/x y=z"), field="read_url")
        assert caught.value.field == "read_url"
        assert "hunter2" not in str(caught.value)


class TestWithoutOne:
    def test_a_read_is_of_the_primary_and_still_cannot_write(self, db):
        database, tenant = db.database(), db.tenant()
        with database.read_tx(tenant) as tx:
            assert tx.server == "primary"
            assert tx.scalar(COUNT) == 0
            assert tx.now() == datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
        with pytest.raises(EverlearnError), database.read_tx(tenant) as tx:
            tx.execute(ADD, {"n": 1})

    def test_on_a_shared_connection_the_outer_transaction_goes_on(self, tx):
        database: Database = Database(tx.session.connection())
        with database.read_tx(tx.tenant_id) as reading:
            assert reading.scalar(COUNT) == 0
        tx.execute(ADD, {"n": 1})
        assert tx.scalar(COUNT) == 1


def _starts(standby) -> bool:
    """Start it; processes of the killed one may still hold its memory for a moment."""
    try:
        standby.start()
    except (EverlearnError, psycopg.Error):
        return False
    return True
