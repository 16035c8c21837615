"""Clocks that are wrong, clocks that are put forward and back, and a year that comes late."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import psycopg
import pytest
from starlette.testclient import TestClient

from everlearn.core import chores, jobs
from everlearn.core.errors import Unavailable
from everlearn.core.ids import uuid7, uuid7_many
from everlearn.core.testing.plugin import TEST_TIME
from everlearn.entry.api import create_app
from everlearn.modules.events import service as events
from everlearn.modules.operations import service as operations
from everlearn.modules.predictions import service as predictions
from everlearn.modules.tenancy import service as tenancy
from everlearn.modules.tenancy.types import Role
from tests.modules.operations.test_archive import EVENTS, MAY, House

HOUR = timedelta(hours=1)
EVENT = {"event_type": "experiment", "event_data": {}}


@dataclass
class Wrong:
    """A machine's clock, which is set as it may."""

    at: datetime = field(default=TEST_TIME)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def house(db):
    """Give a database whose clock may be put back, a tenant, and an HTTP client of it."""
    database, tenant, clock = db.database(), db.tenant(), Wrong(TEST_TIME.replace(hour=23))
    database.clock = clock
    with database.tx(tenant) as tx:
        key = tenancy.create_key(tx, name="k", role=Role.ADMIN)
    with TestClient(create_app(database, settings=db.settings)) as client:
        client.headers["authorization"] = f"Bearer {key.secret}"
        yield database, tenant, clock, client


def hours(tx, since, until):
    events.refresh_daily_metrics(tx)
    found = events.hours_of_events(tx, since=since, until=until)
    return {each.hour_start: each.event_count for each in found}


def listed(client):
    """Walk all pages of events."""
    seen, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = client.get("/v1/events", params={"limit": 3} | more).json()
        seen += [each["id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return seen


@pytest.mark.parametrize("skew", [-HOUR, HOUR, timedelta(days=40)])
def test_a_clients_clock(house, skew):
    """What it sends is of its own time, there once, found, and in the rollups of that time."""
    database, tenant, clock, client = house
    there = clock.now() + skew
    ids = [str(id_) for id_ in uuid7_many(6, there)]
    batch = [EVENT | {"id": id_} for id_ in ids[:5]]
    for accepted in (5, 0):
        done = client.post("/v1/events:batch", json=batch).json()
        assert (done["accepted"], done["duplicates"], done["refused"]) == (
            accepted, 5 - accepted, [],
        )  # fmt: skip
    single = [client.post("/v1/events", json=EVENT | {"id": ids[5]}) for _ in range(2)]
    assert [each.status_code for each in single] == [201, 201]
    assert single[1].json()["status"] == "duplicate"
    assert client.post("/v1/events", json=EVENT).status_code == 201  # of the server's time
    assert len(listed(client)) == 7
    assert set(ids) <= set(listed(client))
    metric = {"metric_name": "m", "value": 1.0, "timestamp": there.isoformat()}
    taken = client.post("/v1/metrics:batch", json=[metric]).json()
    assert taken["accepted"] == (skew <= HOUR)
    assert {each["field"] for each in taken["refused"]} <= {"timestamp"}
    with database.tx(tenant) as tx:
        first = min(there, clock.now()).replace(minute=0)
        found = hours(tx, first, first + timedelta(days=60))
        assert found == {there.replace(minute=0): 6, clock.now().replace(minute=0): 1}
        (day,) = events.days_of_events(
            tx, since=there.date(), until=there.date() + timedelta(days=1)
        )
        assert day.event_count == (7 if there.date() == clock.now().date() else 6)


@pytest.mark.parametrize("skew", [-HOUR, HOUR])
def test_clients_whose_clocks_differ(house, skew):
    """One predicts, another says what happened: by its clock that was before, or long after."""
    database, tenant, clock, client = house
    at = (clock.now() + skew).isoformat()
    given = {
        "prediction_id": "p-1", "model_id": "mine", "service_name": "shop",
        "predicted_value": 0.5, "prediction_timestamp": at,
    }  # fmt: skip
    assert client.post("/v1/predictions:batch", json=[given]).json()["accepted"] == 1
    outcome = {"prediction_id": "p-1", "value": 1.0, "known_at": clock.now().isoformat()}
    done = client.post("/v1/outcomes:batch", json=[outcome]).json()
    assert (done["accepted"], done["refused"]) == (1, [])
    assert client.post("/v1/outcomes:batch", json=[outcome]).json()["duplicates"] == 1
    with database.tx(tenant) as tx:
        id_ = predictions.find_id(tx, "p-1")
        found = tx.execute("SELECT * FROM v_predictions WHERE id = :id", {"id": id_}).mappings()
        assert found.one()["actual_value"] == 1.0


def test_an_id_of_a_time_too_far_is_refused_and_the_others_are_written(house):
    *_, clock, client = house
    wrong = [uuid7(clock.now() + timedelta(days=800)), uuid7(datetime(1999, 1, 1, tzinfo=UTC))]
    rows = [EVENT | {"id": str(id_)} for id_ in (*wrong, uuid7(clock.now()))]
    done = client.post("/v1/events:batch", json=rows).json()
    assert done["accepted"] == 1
    assert [(each["index"], each["field"]) for each in done["refused"]] == [(0, "id"), (1, "id")]


@jobs.job("tests.clock_put_back")
def _job(run):
    run.progress(0.5, "half")
    run.clock.at -= HOUR
    return {"done": True}


def test_the_servers_clock_is_put_back(house):
    """No row is lost, doubled or refused for it; rollups, pages and jobs go on."""
    database, tenant, clock, client = house
    known = str(uuid7(clock.now()))
    sent = 0
    for _ in range(3):
        done = client.post("/v1/events:batch", json=[EVENT] * 4 + [EVENT | {"id": known}]).json()
        sent += done["accepted"]
        assert done["accepted"] + done["duplicates"] == 5
        assert client.post("/v1/events", json=EVENT).status_code == 201
        sent += 1
        with database.tx(tenant) as tx:
            run_id = jobs.enqueue(tx, "tests.clock_put_back")
            clock.at -= HOUR  # while the transaction is open
            assert tx.now() >= clock.now()
        jobs.run(database, tenant_id=tenant, run_id=run_id, clock=clock)
        with database.tx(tenant) as tx:
            query = "SELECT status FROM operations.job_runs WHERE id = :id"
            assert tx.scalar(query, {"id": run_id}) == "completed"
            count = tx.scalar("SELECT count(*) FROM events.learning_events")
            since = clock.now() - timedelta(days=1)
            assert sum(hours(tx, since, since + timedelta(days=3)).values()) == count == sent
        pages = listed(client)
        assert len(pages) == len(set(pages)) == sent
    assert sent == 3 * 5 + 1
    with database.tx(tenant) as tx:
        stale = tx.scalar("SELECT count(*) FROM events.stale_learning_days")
    assert stale == 0, "nothing waits for the clock to come back"


BERLIN = ZoneInfo("Europe/Berlin")
CHANGES = (datetime(2023, 3, 26, tzinfo=UTC), datetime(2023, 10, 29, tzinfo=UTC))


def test_a_year_comes_late_with_the_days_when_clocks_change(db, tmp_path):
    """Written in local times, shuffled: counted, archived, asked and restored by UTC, once each."""
    with psycopg.connect(db.server.conninfo("admin"), autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {db.name} SET timezone = 'Europe/Berlin'")
    house = House(db, tmp_path)
    times = [datetime(2023, 1, 1, tzinfo=UTC) + timedelta(hours=8 * i) for i in range(365 * 3)]
    times += [day + timedelta(minutes=20 * i + 1) for day in CHANGES for i in range(72)]
    random.Random(5).shuffle(times)
    rows = [
        EVENT | {"id": uuid7(at), "timestamp": at.astimezone(BERLIN).isoformat()} for at in times
    ]
    with house.app.tx(house.acme) as tx:
        done = events.ingest(tx, rows)
        assert (done.accepted, done.refused) == (len(times), [])
        events.refresh_daily_metrics(tx)
    with house.app.tx(house.acme) as tx:
        done = events.ingest(tx, rows[::-1])
        assert (done.accepted, done.duplicates) == (0, len(times))

    def counted():
        with house.app.tx(house.acme) as tx:
            events.refresh_daily_metrics(tx)
            span = {"since": min(times).date(), "until": max(times).date() + timedelta(days=1)}
            for day in CHANGES:
                found = events.hours_of_events(tx, since=day, until=day + timedelta(days=1))
                thrice = Counter(at.replace(minute=0) for at in times if at.date() == day.date())
                assert {each.hour_start: each.event_count for each in found} == thrice
            return {each.day: each.event_count for each in events.days_of_events(tx, **span)}

    days = Counter(at.date() for at in times)
    assert counted() == days
    before = house.live()
    by_month = (
        "SELECT month(timestamp) AS m, count(*) AS n, count(DISTINCT id) AS ids"
        " FROM learning_events GROUP BY 1 ORDER BY 1"
    )
    months = Counter(at.month for at in times)
    expected = [{"m": m, "n": months[m], "ids": months[m]} for m in range(1, 13)]
    assert house.rows(by_month) == expected
    assert house.sweep() == len(times)
    assert house.live() == []
    assert [file.period_start for file in house.files()] == [
        datetime(2023, m, 1, tzinfo=UTC) for m in range(1, 13)
    ]
    assert [file.row_count for file in house.files()] == [months[m] for m in range(1, 13)]
    assert house.rows(by_month) == expected
    house.restore(datetime(2023, 1, 1, tzinfo=UTC), datetime(2023, 12, 31, tzinfo=UTC))
    assert house.live() == before
    assert house.rows(by_month) == expected
    assert counted() == days
    with house.service.tx(None) as tx:
        gaps = tx.scalar(
            "SELECT count(*) FROM app.list_partitions() WHERE parent = :table"
            " AND lower_at >= '2023-01-01Z' AND upper_at <= '2024-01-01Z'",
            {"table": EVENTS},
        )
    assert gaps == 12
    assert operations.archive_lag(house.service) == []


def test_what_is_over_when_it_comes_is_counted_before_it_goes(db, tmp_path, monkeypatch):
    """Retention brings the rollups up to date first; where it cannot, it takes nothing."""
    house = House(db, tmp_path)
    made = chores.House(db.server, house.settings, db.clock)
    house.events(house.acme, MAY)
    with monkeypatch.context() as patch:

        def fails(*_):
            raise Unavailable("not now")

        patch.setattr(events, "refresh_daily_metrics", fails)
        with pytest.raises(Unavailable, match="not now"):
            chores.run(chores.declared()["operations.retention"], made)
    assert len(house.live()) == 3
    assert chores.run(chores.declared()["operations.retention"], made)["archived"] == 3
    assert house.live() == []
    with house.app.tx(house.acme) as tx:
        events.refresh_daily_metrics(tx)
        span = {"since": MAY.date(), "until": MAY.date() + timedelta(days=1)}
        assert [each.event_count for each in events.days_of_events(tx, **span)] == [3]
