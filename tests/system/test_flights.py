"""The loop over real flights: nothing from the future, nothing lost when something is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from everlearn.core import migrate, pg
from everlearn.core.settings import Settings
from everlearn.demo.flights.data import HOUR, MINUTE, NEVER
from everlearn.demo.flights.features import micros
from everlearn.demo.flights.replay import day
from everlearn.modules.registry import service as registry
from tests.system import flights_kit as kit

pytestmark = pytest.mark.slow
CHANGE = day(1, 17)


@pytest.fixture
def made(db, server, test_settings):
    runtime = kit.open_clone(test_settings, server, db.name)
    yield runtime
    runtime.close()


@pytest.fixture(scope="module")
def undisturbed(server, template, test_settings, request):
    from everlearn.core.testing.plugin import clone

    with clone(server, template) as name:
        runtime = kit.open_clone(test_settings, server, name)
        found = kit.replay(runtime, *kit.small())
        yield found, kit.answers(found)
        runtime.close()


class TestReplay:
    def test_every_flight_is_answered_once_by_the_live_version(self, undisturbed):
        found, answers = undisturbed
        flights, _ = kit.small()
        asked = flights.scheduled - 30 * MINUTE
        due = (asked > micros(kit.PLAN.first_training)) & (asked <= micros(kit.PLAN.end))
        live = [row[1] for row in answers if row[2] == "live"]
        assert sorted(live) == sorted(flights.ids[due].tolist())

    def test_cancelled_flights_stay_open_and_all_others_are_closed(self, undisturbed):
        found, _ = undisturbed
        flights, _ = kit.small()
        asked = flights.scheduled - 30 * MINUTE
        due = (asked > micros(kit.PLAN.first_training)) & (asked <= micros(kit.PLAN.end))
        closed = due & (flights.arrived <= micros(kit.PLAN.end))
        with found.tx() as tx:
            count = tx.scalar(
                "SELECT count(*) FROM predictions.prediction_outcomes"
                " WHERE tenant_id = app.tenant_id() AND role = 'live'"
            )
        assert count == closed.sum() < due.sum()

    def test_versions_descend_from_one_another(self, undisturbed):
        found, _ = undisturbed
        with found.tx() as tx:
            versions = registry.list_versions(tx, found.model.id)
            assert 1 < len(versions) <= kit.PLAN.policy["max_trainings"]
            assert registry.deployments(tx, found.model.id)
        assert versions[-1].parent_version_id is None
        assert all(version.parent_version_id for version in versions[:-1])

    def test_reasons_sum_to_the_margin(self, undisturbed):
        found, _ = undisturbed
        with found.tx() as tx:
            worst = tx.scalar(
                "SELECT max(abs(p.raw_margin - (SELECT sum(r) FROM unnest(p.reasons) r)))"
                " FROM predictions.ml_predictions p"
                " WHERE tenant_id = app.tenant_id() AND role = 'live'"
            )
        assert worst < 1e-5  # reasons are kept in single precision


def test_changing_what_happens_later_changes_no_earlier_answer(made, undisturbed):
    _, before = undisturbed
    flights, weather = kit.small()
    cut = micros(CHANGE)
    later_start = (flights.departed > cut) & (flights.departed < NEVER)
    later_end = (flights.arrived > cut) & (flights.arrived < NEVER)
    moved = np.where(
        later_start, np.maximum(flights.departed + 2 * HOUR, cut + 1), flights.departed
    )
    changed = replace(
        flights,
        departed=moved,
        dep_delay=np.where(later_start, flights.dep_delay + 120, flights.dep_delay),
        arrived=np.where(later_end, flights.arrived + 3 * HOUR, flights.arrived),
        arr_delay=np.where(later_end, flights.arr_delay + 180, flights.arr_delay),
    )
    found = kit.replay(made, changed, weather)
    after = kit.answers(found)
    earlier = [row for row in before if row[0] < str(CHANGE)]
    assert len(earlier) > 1000
    assert [row for row in after if row[0] < str(CHANGE)] == earlier
    assert after != before, "the change must show later, or the test shows nothing"


def _start(settings, name, *, unsafe):
    words = [sys.executable, "-m", "tests.system.flights_kit", str(settings.data_dir), name]
    return subprocess.Popen([*words, *(["unsafe"] if unsafe else [])])


def test_a_killed_replay_goes_on_where_it_was(made, db, test_settings, undisturbed):
    _, expected = undisturbed
    for seconds in (6.0, 4.0, 9.0):
        process = _start(test_settings, db.name, unsafe=True)
        time.sleep(seconds)
        process.kill()
        process.wait()
    found = kit.replay(made, *kit.small())
    assert kit.answers(found) == expected
    with found.tx() as tx:
        stuck = tx.scalar(
            "SELECT count(*) FROM operations.job_runs WHERE tenant_id = app.tenant_id()"
            " AND name = 'training.fit' AND status <> 'completed'"
        )
    assert stuck == 0


def test_a_killed_database_loses_and_doubles_nothing(tmp_path_factory, undisturbed):
    _, expected = undisturbed
    folder = tmp_path_factory.mktemp("crash")
    settings = Settings(data_dir=folder / "data", pool_size=3)
    server = pg.start(settings)  # with fsync: this is about durability
    try:
        pg.bootstrap(server)
        migrate.upgrade(server)
        process = _start(settings, "everlearn", unsafe=False)
        time.sleep(8.0)
        postmaster = pg.status(settings).pid
        assert postmaster is not None
        os.kill(postmaster, signal.SIGKILL)
        assert process.wait(60) != 0, "the replay must notice"
        server = pg.start(settings)
        runtime = kit.open_clone(settings, server, "everlearn")
        found = kit.replay(runtime, *kit.small())
        assert kit.answers(found) == expected
        runtime.close()
    finally:
        pg.remove(settings)
