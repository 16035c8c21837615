"""Jobs as people see them; how long rows are kept."""

from __future__ import annotations

from datetime import timedelta

import pytest

from everlearn.core import jobs
from everlearn.core.errors import Invalid, NotFound
from everlearn.core.jobs import JobStatus
from everlearn.modules.operations import service

TABLE = "events.learning_events"


@pytest.fixture(autouse=True)
def declared(monkeypatch):
    """Declare a job for this test alone."""
    monkeypatch.setattr(jobs, "_jobs", dict(jobs.declared()))
    jobs.job("tests.work")(lambda _: None)


def put(tx, status):
    run_id = jobs.enqueue(tx, "tests.work", {"n": 1})
    tx.execute(
        "UPDATE operations.job_runs SET status = :status, started_at = :now,"
        " finished_at = CASE WHEN :status IN ('queued', 'running') THEN NULL"
        " ELSE CAST(:now AS timestamptz) + interval '90 s' END WHERE id = :id",
        {"status": status, "now": tx.now(), "id": run_id},
    )
    return run_id


class TestJobs:
    def test_list_by_status_and_page(self, tx):
        made = [put(tx, "failed" if i % 2 else "completed") for i in range(5)]
        found = service.list_jobs(tx, limit=3)
        assert [job.id for job in found] == sorted(made, reverse=True)[:3]
        rest = service.list_jobs(tx, limit=3, before=found[-1].id)
        assert {job.id for job in found + rest} == set(made)
        assert len(service.list_jobs(tx, statuses=[JobStatus.FAILED])) == 2
        assert service.list_jobs(tx, statuses=[]) == []
        assert service.count_jobs(tx)[JobStatus.COMPLETED] == 3
        assert service.count_jobs(tx)[JobStatus.RUNNING] == 0

    @pytest.mark.parametrize(
        ("status", "expected"),
        [
            # status, (may be cancelled, may be queued again, seconds)
            ("queued", (True, False, None)),
            ("running", (True, False, 60.0)),
            ("completed", (False, False, 90.0)),
            ("failed", (False, True, 90.0)),
            ("cancelled", (False, True, 90.0)),
        ],
    )
    def test_what_may_be_done(self, tx, clock, status, expected):
        run_id = put(tx, status)
        clock.advance(timedelta(seconds=60))
        job = service.get_job(tx, run_id)
        assert (job.can_cancel, job.can_retry, job.seconds) == expected

    def test_another_tenants_job(self, database, tenant, rival):
        with database.tx(tenant) as tx:
            run_id = put(tx, "running")
        with rival.tx() as other:
            assert service.list_jobs(other) == []
            assert set(service.count_jobs(other).values()) == {0}
            with pytest.raises(NotFound):
                service.get_job(other, run_id)


class TestRetention:
    def test_the_tables_own_time_the_tenants_and_none(self, tx):
        assert service.retention_of(tx, TABLE) == timedelta(days=730)
        service.set_retention(tx, TABLE, days=10)
        service.set_retention(tx, TABLE, days=30)
        assert service.retention_of(tx, TABLE) == timedelta(days=30)
        assert service.expired_before(tx, TABLE) == tx.now() - timedelta(days=30)
        assert service.retention_of(tx, "audit.audit_logs") is None
        assert service.expired_before(tx, "audit.audit_logs") is None

    def test_holds_for_one_tenant(self, database, tenant, rival):
        with database.tx(tenant) as tx:
            service.set_retention(tx, TABLE, days=30)
        with rival.tx() as other:
            assert service.retention_of(other, TABLE) == timedelta(days=730)

    @pytest.mark.parametrize("table", ["audit.audit_logs", "nothing.at_all", "pg_class", ""])
    def test_a_table_that_keeps_its_rows(self, tx, table):
        with pytest.raises(Invalid) as info:
            service.set_retention(tx, table, days=30)
        assert TABLE in info.value.facts["allowed"]
        with pytest.raises(Invalid), tx.savepoint():
            tx.execute(
                "INSERT INTO operations.data_retention_policies (table_name, retention_period)"
                " VALUES (:table, '30 days')",
                {"table": table},
            )

    def test_less_than_a_day(self, tx):
        with pytest.raises(Invalid):
            service.set_retention(tx, TABLE, days=0)
        with pytest.raises(Invalid), tx.savepoint():
            tx.execute(
                "INSERT INTO operations.data_retention_policies (table_name, retention_period)"
                " VALUES (:table, '-1 day')",
                {"table": TABLE},
            )

    def test_a_change_is_in_the_trail(self, tx):
        service.set_retention(tx, TABLE, days=30)
        action = tx.scalar(
            "SELECT action_type FROM audit.audit_logs"
            " WHERE resource_type = 'data_retention_policies'"
        )
        assert action == "create"
