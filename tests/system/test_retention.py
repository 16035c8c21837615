"""Old rows leave: from every table that has a time, by each tenant's own policy, and no others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Date

from everlearn.core.ids import uuid7
from everlearn.core.migrate import load_tables
from everlearn.core.tables import rows
from everlearn.core.testing.make import key_of, make, table_of
from everlearn.core.testing.plugin import Cloned, clone
from everlearn.modules.operations.service import retention
from everlearn.modules.operations.service.rows import aging_tables

load_tables()
TABLES = {name: row for name, row in rows().items() if row.policy.keep_days is not None}
#: What must be so for a row to be over at all.
OVER = {"operations.job_runs": {"status": "failed"}}
#: Times that go with a row's own.
WITH = {
    "events.hourly_learning_usage": ("hour_start",),
    "feedback.hourly_feedback_usage": ("hour_start",),
    "operations.metric_samples": ("start_at",),
    "predictions.hourly_prediction_usage": ("hour_start",),
}


@pytest.fixture(scope="module")
def house(server, template, test_settings, tmp_path_factory):
    """Give a database of this file's own: each test looks at one table."""
    settings = test_settings.model_copy(update={"data_dir": tmp_path_factory.mktemp("data")})
    with clone(server, template) as name:
        made = Cloned(server, name, settings)
        made.app, made.service = made.database(), made.database("service")
        yield made
        made.close()


@pytest.fixture(scope="module")
def tenants(house):
    return house.tenant("acme"), house.tenant("patient")


def put(house, tenant, name, age: timedelta):
    """Write a row that is this old."""
    row = TABLES[name]
    at = house.clock.now() - age
    values = {**OVER.get(name, {}), **({"id": uuid7(at)} if "id" in table_of(row).c else {})}
    times = {"timestamp", "created_at", row.policy.partition and row.policy.partition.column}
    times |= {*WITH.get(name, ())}
    for column in table_of(row).c:
        if column.computed is not None:
            continue
        if column.name in times - {"id"}:
            values[column.name] = at
        elif isinstance(column.type, Date):  # often a part of a unique key
            values[column.name] = at.date()
    with house.app.tx(tenant) as tx:
        return key_of(make(tx, row, **values))


def is_there(house, tenant, name, key) -> bool:
    table = table_of(TABLES[name])
    same = [table.c[column] == value for column, value in key.items()]
    with house.service.tx(tenant) as tx:
        return tx.execute(table.select().where(*same)).first() is not None


@pytest.mark.parametrize("name", sorted(TABLES))
def test_exactly_the_expired_row_goes(house, tenants, name):
    acme, patient = tenants
    days = TABLES[name].policy.keep_days
    # Archives are by whole months, so only what lies that far back leaves for certain.
    slack = timedelta(days=40 if name == "events.learning_events" else 2)
    keep = timedelta(days=days)
    with house.app.tx(patient) as tx:
        tx.execute(
            "INSERT INTO operations.data_retention_policies (table_name, retention_period)"
            " VALUES (:table, :period)",
            {"table": name, "period": keep * 2},
        )
    old = put(house, acme, name, keep + slack)
    young = put(house, acme, name, keep - timedelta(hours=1))
    others = put(house, patient, name, keep + slack)

    (swept,) = retention.sweep(house.service, house.settings, only=[name], dry_run=True)
    assert (swept.deleted + swept.archived, swept.problems) == (1, [])

    (swept,) = retention.sweep(house.service, house.settings, only=[name])
    assert (swept.deleted + swept.archived, swept.problems) == (1, [])
    assert not is_there(house, acme, name, old)
    assert is_there(house, acme, name, young)
    assert is_there(house, patient, name, others)

    again = retention.sweep(house.service, house.settings)
    assert name not in {each.table for each in again}


def test_every_table_with_a_time_is_looked_at(house):
    assert {table.name for table in aging_tables(house.service)} == set(TABLES)


def test_who_refers_comes_first(house):
    order = [table.name for table in aging_tables(house.service)]
    for table in aging_tables(house.service):
        for reference in table.references:
            if reference.child in order and reference.child != table.name:
                assert order.index(reference.child) < order.index(table.name)


def test_the_trail_has_no_time(house):
    assert "audit.audit_logs" not in TABLES
    with house.service.tx(None) as tx:
        assert not tx.scalar("SELECT count(*) FROM app.retention WHERE parent LIKE 'audit.%'")
