"""Background work: queued with its transaction, run once as its tenant, ended in the open."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta

import psycopg
import pytest

from everlearn.core import jobs
from everlearn.core.clock import SystemClock
from everlearn.core.errors import Bug, Duplicate, Forbidden, NotFound, Unavailable, WrongStatus
from everlearn.core.jobs import JobStatus
from everlearn.core.pg.dsn import read
from everlearn.core.worker import queue_app, work
from everlearn.modules.tenancy import service as tenancy


@pytest.fixture
def declare(monkeypatch):
    """Give a function that declares a job for this test alone."""
    monkeypatch.setattr(jobs, "_jobs", dict(jobs.declared()))

    def keep(function, name="tests.work"):
        jobs.job(name)(function)
        return name

    return keep


class House:
    """A clone with a tenant, its transactions, and a worker."""

    def __init__(self, db):
        self.db = db
        self.database = db.database()
        self.tenant = tenancy.ensure_tenant(self.database, slug="acme").id

    def tx(self):
        return self.database.tx(self.tenant)

    def enqueue(self, name="tests.work", args=None, **more):
        with self.tx() as tx:
            return jobs.enqueue(tx, name, args, **more)

    def row(self, run_id):
        with self.tx() as tx:
            query = "SELECT * FROM operations.job_runs WHERE id = :id"
            return tx.execute(query, {"id": run_id}).mappings().one()

    def work(self, **more):
        work(self.db.server, self.database, forever=False, **more)

    def queued(self):
        with psycopg.connect(self.db.server.conninfo("queue")) as connection:
            query = "SELECT args, queue_name, lock, status::text FROM jobs.procrastinate_jobs"
            return connection.execute(query).fetchall()


@pytest.fixture
def house(db):
    return House(db)


class TestEnqueue:
    def test_rolls_back_with_its_transaction(self, house, declare):
        declare(lambda _: None)
        with pytest.raises(ZeroDivisionError), house.tx() as tx:
            1 / (jobs.enqueue(tx, "tests.work").int * 0)
        with house.tx() as tx:
            assert tx.scalar("SELECT count(*) FROM operations.job_runs") == 0
        assert house.queued() == []

    def test_queues_ids_only(self, house, declare):
        declare(lambda _: None)
        run_id = house.enqueue(args={"name": "not in the queue"}, lock="one")
        ((args, queue, lock, status),) = house.queued()
        assert args == {"tenant_id": str(house.tenant), "run_id": str(run_id)}
        assert (queue, lock, status) == ("default", f"{house.tenant}:one", "todo")

    def test_an_open_key_is_queued_once(self, house, declare):
        declare(lambda _: None)
        first = house.enqueue(key="k")
        assert house.enqueue(key="k") == first
        assert len(house.queued()) == 1
        house.work()
        assert house.enqueue(key="k") != first

    def test_two_at_once_with_one_key(self, house, declare):
        declare(lambda _: None)
        found = []
        with house.tx() as tx:
            first = jobs.enqueue(tx, "tests.work", key="k")
            other = threading.Thread(target=lambda: found.append(house.enqueue(key="k")))
            other.start()
            time.sleep(0.3)
            assert not found, "the second waits for the first transaction"
        other.join()
        assert found == [first]
        assert len(house.queued()) == 1

    def test_the_key_of_one_tenant_is_free_for_another(self, house, declare):
        declare(lambda _: None)
        first = house.enqueue(key="k")
        rival = house.db.tenant("rival")
        with house.database.tx(rival) as tx:
            assert jobs.enqueue(tx, "tests.work", key="k") != first

    def test_unknown_job(self, house):
        with pytest.raises(Bug, match=r"tests\.nothing"):
            house.enqueue("tests.nothing")

    def test_without_a_tenant(self, house, declare):
        declare(lambda _: None)
        with pytest.raises(Forbidden), house.database.tx(None) as tx:
            jobs.enqueue(tx, "tests.work")


class TestRun:
    def test_runs_as_its_tenant(self, house, declare):
        def look(run):
            with run.tx() as tx:
                who = tx.scalar("SELECT current_user")
                slugs = list(tx.execute("SELECT slug FROM tenancy.tenants").scalars())
                return {"who": who, "tenants": slugs, "args": run.args, "actor": tx.actor.name}

        house.db.tenant("rival")
        run_id = house.enqueue(declare(look), {"n": 1})
        house.work()
        row = house.row(run_id)
        assert row["status"] == JobStatus.COMPLETED
        assert row["result"] == {
            "who": "everlearn_app",
            "tenants": ["acme"],
            "args": {"n": 1},
            "actor": "tests.work",
        }
        assert (row["attempts"], row["progress_ratio"], row["error"]) == (1, 1.0, None)
        assert row["started_at"] <= row["finished_at"]
        assert house.queued() == []

    def test_jobs_with_one_lock_run_in_order_and_never_together(self, house, declare):
        running, order, most = [], [], []

        def busy(run):
            running.append(run)
            most.append(len(running))
            time.sleep(0.05)
            order.append(run.args["i"])
            running.remove(run)

        declare(busy)
        for i in range(4):
            house.enqueue(args={"i": i}, lock="one")
        house.work(concurrency=4)
        assert order == [0, 1, 2, 3]
        assert max(most) == 1

    def test_jobs_without_a_lock_run_together(self, house, declare):
        together = threading.Barrier(2, timeout=10)
        declare(lambda _: together.wait() and None)
        ids = [house.enqueue() for _ in range(2)]
        house.work(concurrency=2)
        assert {house.row(run_id)["status"] for run_id in ids} == {JobStatus.COMPLETED}

    def test_priority_and_queue(self, house, declare):
        order = []
        declare(lambda run: order.append(run.args["i"]))
        house.enqueue(args={"i": "low"}, priority=-1)
        house.enqueue(args={"i": "high"}, priority=5)
        house.enqueue(args={"i": "elsewhere"}, queue="other")
        house.work(queues=["default"])
        assert order == ["high", "low"]

    def test_not_before_its_time(self, house, declare):
        declare(lambda _: None)
        at = SystemClock().now() + timedelta(hours=1)
        run_id = house.enqueue(at=at)
        house.work()
        assert house.row(run_id)["status"] == JobStatus.QUEUED

    def test_a_replayed_job_lives_when_it_was_queued(self, house, declare):
        seen = []
        declare(lambda run: seen.append(run.clock.now()))
        run_id = house.enqueue(queue="replay:acme")
        house.work(clock=SystemClock())
        row = house.row(run_id)
        assert seen == [row["queued_at"]] == [house.db.clock.now()]
        assert row["started_at"] > row["queued_at"]

    def test_progress_is_seen_while_it_runs(self, house, declare):
        seen = []

        def step(run):
            run.progress(0.5, "half")
            seen.append(house.row(run.run_id))

        house.enqueue(declare(step))
        house.work()
        assert seen[0]["status"] == JobStatus.RUNNING
        assert (seen[0]["progress_ratio"], seen[0]["note"]) == (0.5, "half")


class TestFailure:
    def test_records_the_problem(self, house, declare):
        def refuse(_):
            raise NotFound("no such model", field="model")

        run_id = house.enqueue(declare(refuse))
        house.work()
        row = house.row(run_id)
        assert row["status"] == JobStatus.FAILED
        assert row["error"]["code"] == "not_found"
        assert row["error"]["field"] == "model"
        assert row["finished_at"] is not None
        assert house.queued() == []

    @pytest.mark.parametrize(
        "bug", [lambda _: 1 / 0, lambda _: {"x": float("nan")}, lambda _: {"x": object()}]
    )
    def test_a_bug_is_recorded_and_the_worker_goes_on(self, house, declare, bug):
        declare(bug, "tests.bug")
        declare(lambda _: None, "tests.fine")
        broken, fine = house.enqueue("tests.bug"), house.enqueue("tests.fine")
        house.work()
        assert house.row(broken)["status"] == JobStatus.FAILED
        assert house.row(broken)["error"]["code"] == "bug"
        assert house.row(fine)["status"] == JobStatus.COMPLETED

    def test_a_passing_fault_is_tried_again(self, house, declare):
        tries = []

        def flaky(run):
            tries.append(run.attempt)
            if len(tries) == 1:
                raise Unavailable
            return {"tries": len(tries)}

        run_id = house.enqueue(declare(flaky))
        house.work()
        row = house.row(run_id)
        assert tries == [1, 2]
        assert (row["status"], row["result"]) == (JobStatus.COMPLETED, {"tries": 2})
        assert row["error"] is None

    def test_a_fault_that_does_not_pass_fails_in_the_end(self, house, declare):
        def away(_):
            raise Unavailable

        run_id = house.enqueue(declare(away))
        clock = SystemClock()
        again = [
            jobs.run(house.database, tenant_id=house.tenant, run_id=run_id, clock=clock)
            for _ in range(jobs.MAX_ATTEMPTS)
        ]
        assert again == [True] * (jobs.MAX_ATTEMPTS - 1) + [False]
        assert house.row(run_id)["status"] == JobStatus.FAILED
        assert house.row(run_id)["error"]["code"] == "unavailable"

    def test_a_job_that_kills_its_workers_is_given_up(self, house, declare):
        def die(_):
            raise KeyboardInterrupt  # leaves the row as a killed process does

        run_id = house.enqueue(declare(die))
        for _ in range(jobs.MAX_ATTEMPTS):
            with pytest.raises(KeyboardInterrupt):
                run_now(house, run_id)
            assert house.row(run_id)["status"] == JobStatus.RUNNING
        assert run_now(house, run_id) is False
        assert house.row(run_id)["status"] == JobStatus.FAILED
        assert house.row(run_id)["error"]["code"] == "jobs.worker_died"

    def test_a_job_that_is_gone_is_left_out(self, house, declare):
        declare(lambda _: None)
        run_id = house.enqueue()
        with house.tx() as tx:
            tx.execute("DELETE FROM operations.job_runs WHERE id = :id", {"id": run_id})
        house.work()
        assert house.queued() == []


def run_now(house, run_id, **more):
    return jobs.run(
        house.database, tenant_id=house.tenant, run_id=run_id, clock=SystemClock(), **more
    )


class TestCancel:
    def test_a_waiting_job(self, house, declare):
        ran = []
        declare(lambda _: ran.append(1))
        run_id = house.enqueue()
        with house.tx() as tx:
            jobs.cancel(tx, run_id)
        house.work()
        assert house.row(run_id)["status"] == JobStatus.CANCELLED
        assert not ran
        assert house.queued() == []

    def test_a_running_job_at_its_next_sign_of_progress(self, house, declare):
        reached = []

        def long(run):
            with house.tx() as tx:
                jobs.cancel(tx, run.run_id)
            reached.append("before")
            run.progress(0.5)
            reached.append("after")

        run_id = house.enqueue(declare(long))
        house.work()
        assert house.row(run_id)["status"] == JobStatus.CANCELLED
        assert reached == ["before"]

    def test_an_ended_job(self, house, declare):
        declare(lambda _: None)
        run_id = house.enqueue()
        house.work()
        with pytest.raises(WrongStatus), house.tx() as tx:
            jobs.cancel(tx, run_id)

    def test_another_tenants_job(self, house, declare):
        declare(lambda _: None)
        run_id = house.enqueue()
        rival = house.db.tenant("rival")
        for act in (jobs.cancel, jobs.retry):
            with pytest.raises(NotFound), house.database.tx(rival) as tx:
                act(tx, run_id)


class TestRetry:
    def test_a_failed_job_runs_again(self, house, declare):
        def fail_once(run):
            if not run.args.get("ok") and not done:
                done.append(1)
                raise NotFound

        done = []
        run_id = house.enqueue(declare(fail_once))
        house.work()
        assert house.row(run_id)["status"] == JobStatus.FAILED
        with house.tx() as tx:
            jobs.retry(tx, run_id)
        row = house.row(run_id)
        assert (row["status"], row["attempts"], row["error"]) == (JobStatus.QUEUED, 0, None)
        house.work()
        assert house.row(run_id)["status"] == JobStatus.COMPLETED

    @pytest.mark.parametrize("ended", [False, True])
    def test_only_a_failed_or_cancelled_one(self, house, declare, ended):
        declare(lambda _: None)
        run_id = house.enqueue()
        if ended:
            house.work()
        with pytest.raises(WrongStatus), house.tx() as tx:
            jobs.retry(tx, run_id)

    def test_not_beside_another_with_its_key(self, house, declare):
        declare(lambda _: None)
        first = house.enqueue(key="k")
        with house.tx() as tx:
            jobs.cancel(tx, first)
        house.enqueue(key="k")
        with pytest.raises(Duplicate), house.tx() as tx:
            jobs.retry(tx, first)

    def test_an_entry_that_was_replaced_does_nothing(self, house, declare):
        ran = []
        declare(lambda _: ran.append(1))
        run_id = house.enqueue()
        old = house.row(run_id)["queue_entry"]
        with house.tx() as tx:
            jobs.cancel(tx, run_id)
            jobs.retry(tx, run_id)
        assert len(house.queued()) == 2
        assert run_now(house, run_id, entry=old) is False
        assert house.row(run_id)["status"] == JobStatus.QUEUED
        house.work(concurrency=2)
        assert ran == [1]
        assert house.row(run_id)["attempts"] == 1


class TestTakenOver:
    """A worker that was thought dead but lives must not touch the job any more."""

    def test_the_old_run_stops_and_records_nothing(self, house, declare):
        calls = []

        def work_(run):
            calls.append(run.attempt)
            if run.attempt == 1:
                run_now(house, run.run_id)  # somebody else takes it, and ends it
                run.progress(0.9)
                calls.append("never")
            return {"by": run.attempt}

        run_id = house.enqueue(declare(work_))
        assert run_now(house, run_id) is False
        assert calls == [1, 2]
        assert house.row(run_id)["result"] == {"by": 2}
        assert house.row(run_id)["status"] == JobStatus.COMPLETED

    def test_a_late_failure_is_left_out(self, house, declare):
        def work_(run):
            if run.attempt == 1:
                run_now(house, run.run_id)
                raise NotFound

        run_id = house.enqueue(declare(work_))
        run_now(house, run_id)
        assert house.row(run_id)["status"] == JobStatus.COMPLETED
        assert house.row(run_id)["error"] is None


WORKER = """
    import sys, time
    from pathlib import Path
    from everlearn.core import jobs, migrate, pg
    from everlearn.core.settings import Settings
    from everlearn.core.testing.plugin import Cloned
    from everlearn.core.worker import work
    folder, name, slow, log = sys.argv[1:]

    @jobs.job("tests.work")
    def steps(run):
        # Each step is a row; what is there already is not done twice.
        for i in range(4):
            with run.tx() as tx:
                done = tx.scalar("SELECT count(*) FROM tenancy.users")
                if done == i:
                    tx.execute("INSERT INTO tenancy.users (email, username)"
                               " VALUES (:n, :n)", {"n": f"step{i}"})
            run.progress((i + 1) / 4, f"step {i}")
            with Path(log).open("a") as file:
                file.write(f"{run.attempt}:{i}\\n")
            time.sleep(float(slow))
        return {"attempt": run.attempt}

    settings = Settings(data_dir=folder, pool_size=5)
    migrate.load_tables()
    db = Cloned(pg.start(settings, fast_and_unsafe=True), name, settings)
    work(db.server, db.database(), forever=False, stalled_s=2.0,
         update_heartbeat_interval=0.5, stalled_worker_timeout=1.5)
"""


class TestKilled:
    def start(self, house, log, *, slow):
        words = [str(house.db.settings.data_dir), house.db.name, str(slow), str(log)]
        return subprocess.Popen([sys.executable, "-c", textwrap.dedent(WORKER), *words])

    def test_the_next_worker_takes_the_job_to_its_end_once(self, house, declare, tmp_path):
        declare(lambda _: None)
        log = tmp_path / "log"
        run_id = house.enqueue(lock="one")
        victim = self.start(house, log, slow=60)
        deadline = time.monotonic() + 120
        while not log.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
        assert house.row(run_id)["status"] == JobStatus.RUNNING

        time.sleep(2.2)  # its heartbeat grows old
        assert self.start(house, log, slow=0).wait(120) == 0

        row = house.row(run_id)
        assert (row["status"], row["attempts"]) == (JobStatus.COMPLETED, 2)
        assert row["result"] == {"attempt": 2}
        assert log.read_text().split() == ["1:0", "2:0", "2:1", "2:2", "2:3"]
        with house.tx() as tx:
            assert tx.scalar("SELECT count(*) FROM tenancy.users") == 4
        assert house.queued() == []

    def test_a_worker_that_lives_keeps_its_job(self, house, declare, tmp_path):
        declare(lambda _: None)
        log = tmp_path / "log"
        run_id = house.enqueue()
        first = self.start(house, log, slow=1)
        deadline = time.monotonic() + 120
        while not log.exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(2.2)  # longer than a heartbeat may be old
        assert self.start(house, log, slow=0).wait(120) == 0
        assert first.wait(120) == 0
        assert house.row(run_id)["attempts"] == 1


class TestQueueRole:
    def test_sees_the_queue_and_no_tenant(self, db):
        with (
            psycopg.connect(db.server.conninfo("queue")) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("SELECT * FROM operations.job_runs")

    def test_the_application_cannot_read_the_queue(self, house):
        database = house.database
        with pytest.raises(Exception, match="may not"), database.tx(house.tenant) as tx:
            tx.execute("SELECT * FROM jobs.procrastinate_jobs")

    def test_options_of_a_dsn_are_kept(self, db):
        from pydantic import SecretStr

        server = read(SecretStr("postgresql://me@nowhere/db?options=-c%20work_mem%3D1MB"))
        options = psycopg.conninfo.conninfo_to_dict(
            queue_app(server, db.database()).connector._pool_args["conninfo"]
        )["options"]
        assert "work_mem=1MB" in options
        assert "role=everlearn_queue" in options
        assert "search_path=jobs" in options
