"""Patterns by frequency, by day and by place; the counts say what the occurrences say."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from everlearn.core import chores
from everlearn.core.errors import Invalid
from everlearn.core.testing.make import make
from everlearn.core.testing.plugin import TEST_TIME, Cloned, clone
from everlearn.modules.operations import service as operations
from everlearn.modules.patterns import service
from everlearn.modules.patterns.tables import IdentifiedPattern
from everlearn.modules.patterns.types import PatternType, SourceType

TODAY = TEST_TIME.date()
TOMORROW = TODAY + timedelta(days=1)
MONTH = {"since": TODAY - timedelta(days=29), "until": TOMORROW}
PARTITIONS = """
SELECT app.ensure_partition('patterns.pattern_occurrences', at)
FROM unnest(CAST(:times AS timestamptz[])) AS t (at)
"""
INSERT = """
INSERT INTO patterns.pattern_occurrences (pattern_id, source_type, source_id, detection_timestamp)
SELECT :pattern, :type, :source, at FROM unnest(CAST(:times AS timestamptz[])) AS t (at)
"""
STRAIGHT = """
SELECT pattern_id, (detection_timestamp AT TIME ZONE 'UTC')::date AS day, count(*)
FROM patterns.pattern_occurrences WHERE tenant_id = app.tenant_id() GROUP BY 1, 2 ORDER BY 1, 2
"""
KEPT = """
SELECT pattern_id, date, occurrence_count FROM patterns.daily_pattern_counts
WHERE tenant_id = app.tenant_id() ORDER BY 1, 2
"""

BY_TYPE = """
SELECT (o.detection_timestamp AT TIME ZONE 'UTC')::date AS day, p.pattern_type, count(*)
FROM patterns.pattern_occurrences AS o
JOIN patterns.identified_patterns AS p ON p.tenant_id = o.tenant_id AND p.id = o.pattern_id
WHERE o.tenant_id = app.tenant_id() GROUP BY 1, 2 ORDER BY 1, 2
"""
KEPT_BY_TYPE = """
SELECT date, pattern_type, occurrence_count FROM patterns.daily_pattern_type_counts
WHERE tenant_id = app.tenant_id() ORDER BY 1, 2
"""


def pattern(tx, name="god class", kind="code_smell"):
    return make(tx, IdentifiedPattern, pattern_name=name, pattern_type=kind).id


def see(tx, pattern_id, *times, source=("code_file", "src/main.py")):
    tx.execute(PARTITIONS, {"times": list(times)})
    given = {"pattern": pattern_id, "type": source[0], "source": source[1], "times": list(times)}
    tx.execute(INSERT, given)


def ago(**time):
    return TEST_TIME - timedelta(**time)


def agrees(tx):
    kept = tx.execute(KEPT).all()
    assert kept == tx.execute(STRAIGHT).all()
    assert tx.execute(KEPT_BY_TYPE).all() == tx.execute(BY_TYPE).all()
    return [row[2] for row in kept]


class TestCounts:
    def test_the_most_frequent_come_first(self, tx):
        often, seldom = pattern(tx), pattern(tx, "n+1", "performance_bottleneck")
        see(tx, often, *(ago(days=i) for i in range(40)))
        see(tx, seldom, *(ago(hours=i) for i in range(20)))
        assert len(service.refresh_daily_counts(tx)) == 40
        top = service.top_patterns(tx, **MONTH)
        assert [(p.id, p.occurrence_count) for p in top] == [(often, 30), (seldom, 20)]
        (only,) = service.top_patterns(tx, **MONTH, pattern_type=PatternType.PERFORMANCE_BOTTLENECK)
        assert only.pattern_name == "n+1"
        assert len(service.top_patterns(tx, **MONTH, limit=1)) == 1

    def test_by_day_and_type(self, tx):
        smell, slow = pattern(tx), pattern(tx, "n+1", "performance_bottleneck")
        see(tx, smell, ago(days=1), ago(days=1, hours=2), TEST_TIME)
        see(tx, slow, TEST_TIME)
        service.refresh_daily_counts(tx)
        found = service.days_of_patterns(tx, **MONTH)
        assert [(d.day, d.pattern_type, d.occurrence_count) for d in found] == [
            (TODAY - timedelta(days=1), "code_smell", 2),
            (TODAY, "code_smell", 1),
            (TODAY, "performance_bottleneck", 1),
        ]
        only = service.days_of_patterns(tx, **MONTH, pattern_type=PatternType.CODE_SMELL)
        assert len(only) == 2

    @settings(
        max_examples=20,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    @given(batches=st.lists(st.lists(st.integers(0, 20 * 24), min_size=1), min_size=1, max_size=4))
    def test_they_agree_with_the_occurrences(self, tx, batches):
        undone = tx.session.begin_nested()
        ids = [pattern(tx, "one"), pattern(tx, "two", "anti_pattern")]
        for i, batch in enumerate(batches):
            see(tx, ids[i % 2], *(ago(hours=hours) for hours in batch))
            changed = {ago(hours=hours).date() for hours in batch}
            assert set(service.refresh_daily_counts(tx)) == changed
            agrees(tx)
        undone.rollback()

    def test_a_correction_and_a_deletion_are_followed(self, db):
        database, owner, tenant = db.database(), db.database("owner"), db.tenant()
        with database.tx(tenant) as tx:
            one = pattern(tx)
            see(tx, one, TEST_TIME, ago(days=1), ago(days=2), ago(days=2, hours=1))
            service.refresh_daily_counts(tx)
        with owner.tx(tenant) as tx:
            tx.execute(
                "DELETE FROM patterns.pattern_occurrences WHERE detected_on = :day",
                {"day": ago(days=1).date()},
            )
            tx.execute(
                "UPDATE patterns.pattern_occurrences SET pattern_id = :other"
                " WHERE detection_timestamp = :at",
                {"at": ago(days=2), "other": pattern(tx, "another")},
            )
        with database.tx(tenant) as tx:
            assert len(service.refresh_daily_counts(tx)) == 2
            assert agrees(tx) == [1, 1, 1]

    def test_a_pattern_of_another_type_moves_its_days(self, tx):
        one, other = pattern(tx), pattern(tx, "n+1", "performance_bottleneck")
        see(tx, one, TEST_TIME, ago(days=9))
        see(tx, other, TEST_TIME, ago(days=4))
        service.refresh_daily_counts(tx)
        change = "UPDATE patterns.identified_patterns SET pattern_type = :kind WHERE id = :id"
        tx.execute(change, {"kind": "anti_pattern", "id": one})
        assert service.refresh_daily_counts(tx) == [ago(days=9).date(), TODAY]
        agrees(tx)
        (day,) = service.days_of_patterns(
            tx, since=TODAY - timedelta(days=9), until=TODAY - timedelta(days=8)
        )
        assert (day.pattern_type, day.occurrence_count) == ("anti_pattern", 1)
        tx.execute(change, {"kind": "anti_pattern", "id": one})
        tx.execute(
            "UPDATE patterns.identified_patterns SET pattern_name = 'x' WHERE id = :id", {"id": one}
        )
        assert service.refresh_daily_counts(tx) == []

    def test_a_deleted_pattern_is_counted_no_more(self, db):
        database, owner, tenant = db.database(), db.database("owner"), db.tenant()
        with database.tx(tenant) as tx:
            operations.set_retention(tx, "patterns.pattern_occurrences", days=30)
            one, other = pattern(tx), pattern(tx, "another")
            see(tx, one, ago(days=40), TEST_TIME)
            see(tx, other, ago(days=40))
            service.refresh_daily_counts(tx)
        with owner.tx(tenant) as tx:  # as retention does: the counts of that day stay
            tx.execute(
                "DELETE FROM patterns.pattern_occurrences WHERE detected_on = :day",
                {"day": ago(days=40).date()},
            )
        with database.tx(tenant) as tx:
            service.refresh_daily_counts(tx)
        with database.tx(tenant) as tx:
            tx.execute("DELETE FROM patterns.identified_patterns WHERE id = :id", {"id": one})
        with database.tx(tenant) as tx:
            assert service.refresh_daily_counts(tx) == [ago(days=40).date(), TODAY]
            assert [tuple(row) for row in tx.execute(KEPT_BY_TYPE)] == [
                (ago(days=40).date(), "code_smell", 1)
            ]

    def test_what_retention_takes_stays_counted(self, db):
        database, owner, tenant = db.database(), db.database("owner"), db.tenant()
        with database.tx(tenant) as tx:
            operations.set_retention(tx, "patterns.pattern_occurrences", days=30)
            see(tx, pattern(tx), ago(days=40), ago(days=40), ago(days=2))
            service.refresh_daily_counts(tx)
        with owner.tx(tenant) as tx:
            tx.execute("DELETE FROM patterns.pattern_occurrences")
        with database.tx(tenant) as tx:
            assert len(service.refresh_daily_counts(tx)) == 2
            assert [row[1:] for row in tx.execute(KEPT)] == [(ago(days=40).date(), 2)]
            assert [row[::2] for row in tx.execute(KEPT_BY_TYPE)] == [(ago(days=40).date(), 2)]

    def test_readers_and_writers_do_not_wait_for_a_refresh(self, db):
        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as tx:
            one = pattern(tx)
            see(tx, one, TEST_TIME)
        with database.tx(tenant) as refreshing:
            service.refresh_daily_counts(refreshing)
            with database.tx(tenant) as tx:
                tx.execute("SET LOCAL lock_timeout = '200ms'")
                assert service.top_patterns(tx, **MONTH) == []
                see(tx, one, TEST_TIME)
            found = []

            def refresh():
                with database.tx(tenant) as tx:
                    found.append(service.refresh_daily_counts(tx))

            second = threading.Thread(target=refresh)
            second.start()
        second.join(20)
        assert found == [[TODAY]]
        with database.tx(tenant) as tx:
            assert agrees(tx) == [2]

    def test_chore(self, db):
        database, tenants = db.database(), [db.tenant("acme"), db.tenant("rival")]
        with database.tx(tenants[1]) as tx:
            see(tx, pattern(tx), TEST_TIME)
        house = chores.House(db.server, db.settings, db.clock)
        each = chores.declared()["patterns.daily_counts"]
        assert chores.run(each, house) == {"days": 1}
        assert chores.run(each, house) == {"days": 0}
        for tenant, counts in zip(tenants, ([], [1]), strict=True):
            with database.tx(tenant) as tx:
                assert agrees(tx) == counts


class TestOccurrences:
    def test_newest_first_page_by_page_over_weeks(self, tx):
        one, other = pattern(tx), pattern(tx, "another")
        times = [ago(hours=7 * i) for i in range(60)]
        same = [ago(days=3)] * 5  # the id decides between those
        see(tx, one, *times, *same)
        see(tx, other, *times)
        seen, cursor = [], None
        while True:
            page = service.list_occurrences(tx, one, limit=9, cursor=cursor)
            seen += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        assert len(seen) == len({o.id for o in seen}) == 65
        keys = [(o.detection_timestamp, o.id) for o in seen]
        assert keys == sorted(keys, reverse=True)

    def test_of_a_source(self, tx):
        commit = ("git_commit", "a" * 40)
        see(tx, pattern(tx), TEST_TIME, ago(days=9), source=commit)
        see(tx, pattern(tx, "another"), ago(days=1), source=("user_session", "a" * 40))
        page = service.list_occurrences_in(tx, SourceType.GIT_COMMIT, "a" * 40)
        assert [o.detection_timestamp for o in page.items] == [TEST_TIME, ago(days=9)]

    @pytest.mark.parametrize("cursor", ["nonsense", "2026-01-01T00:00:00+00:00 x"])
    def test_a_strange_cursor_is_refused(self, tx, cursor):
        with pytest.raises(Invalid) as caught:
            service.list_occurrences(tx, uuid4(), cursor=cursor)
        assert caught.value.field == "cursor"

    @pytest.mark.parametrize(
        ("call", "field"),
        [
            (lambda tx: service.list_occurrences(tx, uuid4(), limit=0), "limit"),
            (lambda tx: service.top_patterns(tx, since=TODAY, until=TODAY), "until"),
            (lambda tx: service.days_of_patterns(tx, since=TOMORROW, until=TODAY), "until"),
        ],
    )
    def test_a_senseless_question_is_refused(self, tx, call, field):
        with pytest.raises(Invalid) as caught:
            call(tx)
        assert caught.value.field == field


@pytest.fixture(scope="module")
def plan(server, template, test_settings):
    with clone(server, template) as name:
        db = Cloned(server, name, test_settings)
        database, tenant = db.database(), db.tenant()
        with database.tx(tenant) as tx:
            ids = [pattern(tx, f"pattern {i}") for i in range(50)]
            times = [datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=i) for i in range(28)]
            tx.execute(PARTITIONS, {"times": times})
            tx.execute(
                "INSERT INTO patterns.pattern_occurrences"
                " (pattern_id, source_type, source_id, detection_timestamp)"
                " SELECT (CAST(:ids AS uuid[]))[1 + i % 50], 'code_file', 'f' || i / 5,"
                " timestamptz '2026-01-01Z' + i * interval '2 minutes'"
                " FROM generate_series(0, 20000) AS i",
                {"ids": ids},
            )
        with db.database("owner").tx(tenant) as tx:
            tx.execute("ANALYZE patterns.pattern_occurrences")

        def explain(condition):
            query = "SELECT id FROM patterns.pattern_occurrences WHERE tenant_id = app.tenant_id()"
            with database.tx(tenant) as tx:
                given = {"id": ids[3]}
                lines = tx.execute(f"EXPLAIN {query} AND {condition}", given).scalars()
                return "\n".join(lines)

        yield explain
        db.close()


class TestPlans:
    """Every way to find occurrences that is asked for has an index or a partition behind it."""

    @pytest.mark.parametrize(
        ("condition", "index"),
        [
            ("pattern_id = :id", "tenant_id_pattern_id_detected_"),
            ("source_key = (SELECT hashtext(app.tenant_id()::text || 'f7'))", "source_key_idx"),
            (
                "pattern_id = :id ORDER BY detected_on DESC LIMIT 5",
                "tenant_id_pattern_id_detected_",
            ),
        ],
    )
    def test_by_index(self, plan, condition, index):
        said = plan(condition)
        assert index in said, said
        # The partitions made ahead are empty, and read as such.
        assert not re.search(r"Seq Scan on pattern_occurrences_y2026w0", said)

    def test_by_time_within_its_weeks(self, plan):
        said = plan("detection_timestamp BETWEEN '2026-01-12Z' AND '2026-01-13Z'")
        assert "pattern_occurrences_y2026w03" in said
        assert "pattern_occurrences_y2026w02" not in said


def test_over_http(client, client_other, database, tenant):
    with database.tx(tenant) as tx:
        one = pattern(tx)
        see(tx, one, TEST_TIME, ago(days=1))
        service.refresh_daily_counts(tx)
    span = "since=2026-02-01&until=2026-03-03"
    (top,) = client.get(f"/v1/patterns/top?{span}").json()
    assert (top["pattern_name"], top["occurrence_count"]) == ("god class", 2)
    assert client_other.get(f"/v1/patterns/top?{span}").json() == []
    assert len(client.get(f"/v1/patterns/days?{span}").json()) == 2
    first = client.get(f"/v1/patterns/{one}/occurrences?limit=1").json()
    assert first["items"][0]["detection_timestamp"] == "2026-03-02T12:00:00Z"
    after = client.get(
        f"/v1/patterns/{one}/occurrences", params={"limit": 1, "cursor": first["next_cursor"]}
    ).json()
    assert (len(after["items"]), after["next_cursor"]) == (1, None)
    source = {"source_type": "code_file", "source_id": "src/main.py"}
    assert len(client.get("/v1/patterns/occurrences", params=source).json()["items"]) == 2
    assert client_other.get(f"/v1/patterns/{one}/occurrences").json()["items"] == []


def test_commands(cli, db):
    tenant = db.tenant("acme")
    with db.database().tx(tenant) as tx:
        see(tx, pattern(tx), TEST_TIME)
    assert cli("patterns", "refresh", "--tenant", "acme", "--json").json() == [
        {"day": "2026-03-02"}
    ]
    (line,) = cli("patterns", "top", "--tenant", "acme", "--json").json()
    assert (line["pattern_name"], line["occurrence_count"]) == ("god class", 1)
    assert cli("patterns", "top", "--type", "odd", "--tenant", "acme").code != 0
