"""Sample rows: one in every table, found again, and taken away without a trace."""

from __future__ import annotations

import pytest
from sqlalchemy import UniqueConstraint, func, select, text

from everlearn.core import migrate
from everlearn.core.ids import time_of
from everlearn.core.schema import samples
from everlearn.core.schema.examples import LEFT_OUT
from everlearn.core.schema.values import is_secret, table_of
from everlearn.core.tables import rows
from everlearn.core.testing.make import key_of, make

migrate.load_tables()
OWN = {
    name: row
    for name, row in rows().items()
    if row.policy.rows == "tenant" and not row.policy.maintained
}


def unique_keys(row):
    table = table_of(row)
    yield from (list(i.columns) for i in table.indexes if i.unique)
    yield from (list(c.columns) for c in table.constraints if isinstance(c, UniqueConstraint))


def counts(tx):
    return {
        name: tx.scalar(
            select(func.count())
            .select_from(table_of(row))
            .where(table_of(row).c.tenant_id == tx.tenant_id)
        )
        for name, row in OWN.items()
    }


@pytest.fixture(scope="module")
def sampled(server, template, test_settings):
    """Give a database with sample rows, and what `sample` said."""
    from everlearn.core.testing.plugin import Cloned, clone

    with clone(server, template) as name:
        db = Cloned(server, name, test_settings)
        tenant = db.tenant()
        with db.database().tx(tenant) as tx:
            before = counts(tx)
            report = samples.sample(tx)
        yield db, tenant, report, before
        db.close()


def test_every_table_has_one(sampled):
    db, tenant, report, before = sampled
    with db.database().tx(tenant) as tx:
        after = counts(tx)
    empty = [name for name, count in after.items() if not count]
    assert not empty, {name: report.left.get(name) for name in empty}
    assert set(report.left) <= {*LEFT_OUT} | (rows().keys() - OWN.keys()), report.left
    # A trigger may have made one more, as a copy or as an index of another table's row.
    assert all(after[name] > before[name] for name in report.done + report.there)


def test_a_second_run_makes_none(sampled):
    db, tenant, report, _ = sampled
    with db.database().tx(tenant) as tx:
        again = samples.sample(tx)
    assert again.done == []
    assert sorted(again.there) == sorted(report.done + report.there)


def test_its_id_follows_from_the_tenant_and_the_table(sampled):
    _, tenant, _, _ = sampled
    found = {samples.id_of(tenant, name) for name in OWN}
    assert len(found) == len(OWN)
    assert {(each.version, time_of(each)) for each in found} == {(7, samples.moment_of(tenant))}


def test_values_look_real(sampled):
    db, tenant, _, _ = sampled
    with db.database().tx(tenant) as tx:
        for row in OWN.values():
            table = table_of(row)
            line = tx.execute(select(*table.c).limit(1)).mappings().one()
            machine = [
                name
                for name, value in line.items()
                if isinstance(value, str) and value.startswith(f"{name}-")
            ]
            assert not machine, f"{table.key}: {machine}"
            for column in table.columns:
                if is_secret(column) and isinstance(line[column.name], str):
                    assert len(line[column.name]) == 64, f"{column}: nobody may know what opens it"


def test_clean_takes_away_exactly_them(db):
    tenant, app, service = db.tenant(), db.database(), db.database("service")
    with app.tx(tenant) as tx:
        mine = {name: key_of(make(tx, row)) for name, row in OWN.items() if name not in LEFT_OUT}
        before = counts(tx)
        made = samples.sample(tx)
    with service.tx(tenant) as tx:
        report = samples.clean(tx)
    assert report.left == {}
    assert sorted(report.done) == sorted(made.done + made.there)
    with app.tx(tenant) as tx:
        # What tells that something was done, and which days' figures are to be summed anew.
        trail = {"audit.audit_logs", "audit.audit_chain_heads"}
        trail |= {"events.stale_learning_days", "patterns.stale_pattern_days"}
        trail |= {"predictions.stale_performance_days", "operations.metric_arrivals"}
        trail |= {"predictions.performance_marks", "feedback.stale_feedback_days"}
        trail |= {"analytics.stale_usage_days"}
        after = counts(tx)
        assert {n: c for n, c in after.items() if c != before[n]}.keys() <= trail
        for name, key in mine.items():
            table = table_of(rows()[name])
            held = [table.c[column] == value for column, value in key.items()]
            assert tx.scalar(select(func.count()).select_from(table).where(*held)) == 1, name
    with service.tx(tenant) as tx:
        assert samples.clean(tx).done == []


def test_clean_leaves_what_others_refer_to(db):
    tenant, app = db.tenant(), db.database()
    parent = next(
        (table_of(row), column)
        for row in OWN.values()
        for column in table_of(row).columns
        if column.info.get("ref") in OWN
        and table_of(row).key not in LEFT_OUT
        and not any(column.name in [c.name for c in index] for index in unique_keys(row))
    )
    table, column = parent
    with app.tx(tenant) as tx:
        samples.sample(tx)
        target = samples.id_of(tenant, column.info["ref"])
        make(tx, rows()[table.key], **{column.name: target})
    with db.database("service").tx(tenant) as tx:
        report = samples.clean(tx)
        assert report.left[column.info["ref"]] == f"a row of {table.key} refers to it"
        found = tx.scalar(
            text(f"SELECT count(*) FROM {column.info['ref']} WHERE id = :id"), {"id": target}
        )
    assert found == 1


def test_another_tenant_keeps_its_own(db):
    mine, other = db.tenant("acme"), db.tenant("rival")
    for tenant in (mine, other):
        with db.database().tx(tenant) as tx:
            samples.sample(tx)
    with db.database("service").tx(mine) as tx:
        samples.clean(tx)
    with db.database().tx(other) as tx:
        assert samples.sample(tx).done == []
