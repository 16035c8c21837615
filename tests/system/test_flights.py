"""The loop over real flights: nothing from the future, nothing lost when something is killed."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import psycopg
import pytest

from everlearn.core import pg
from everlearn.core.settings import Settings
from everlearn.core.testing import plugin
from everlearn.demo.flights.data import HOUR, MINUTE, NEVER
from everlearn.demo.flights.features import micros
from everlearn.demo.flights.replay import day
from everlearn.entry import serve
from everlearn.modules.registry import service as registry
from tests.system import flights_kit as kit
from tools.photograph import photograph

# In one process: the undisturbed replay is made once.
pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
CHANGE = day(1, 17)


@pytest.fixture
def made(db, server, test_settings):
    runtime = kit.open_clone(test_settings, server, db.name)
    yield runtime
    runtime.close()


@pytest.fixture(scope="module")
def undisturbed(server, template, test_settings):
    with plugin.clone(server, template) as name:
        runtime = kit.open_clone(test_settings, server, name)
        found = kit.replay(runtime, *kit.small())
        yield found, kit.answers(found)
        runtime.close()


class TestReplay:
    def test_every_flight_is_answered_once_by_the_live_version(self, undisturbed):
        _, answers = undisturbed
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


@pytest.mark.browser
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no Chromium here")
def test_the_overview_of_a_replay_can_be_photographed(undisturbed, tmp_path):
    found, _ = undisturbed
    server = serve.server_for(found.made, host="127.0.0.1", port=0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    link = serve.sign_in_link(found.made, slug="flights", host="127.0.0.1", port=port)
    assert photograph(link, tmp_path / "overview.png") == "Overview"
    assert (tmp_path / "overview.png").stat().st_size > 20_000, "an empty page is smaller"
    server.should_exit = True
    thread.join(10)


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


@pytest.fixture(scope="module")
def flights_file(tmp_path_factory):
    return kit.keep(tmp_path_factory.mktemp("flights") / "small.pickle")


def start(settings, database, flights_file, *more):
    words = [sys.executable, "-m", "tests.system.flights_kit", str(settings.data_dir), database]
    return subprocess.Popen([*words, str(flights_file), *more], cwd=ROOT)


def wait_for(process, conninfo, query):
    """Wait until a query of the database says true; the process must still be at it."""
    until = time.monotonic() + 120
    with psycopg.connect(conninfo, autocommit=True) as watch:
        while time.monotonic() < until:
            assert process.poll() is None, "the replay ended before it could be killed"
            if watch.execute(query).fetchone()[0]:
                return
            time.sleep(0.005)
    pytest.fail(f"it never came true: {query}")


def beyond(at):
    return f"SELECT count(*) > 0 FROM loop.replay_cursors WHERE position >= '{at.isoformat()}'"


TRAINING = (
    "SELECT count(*) > 0 FROM operations.job_runs"
    " WHERE name = 'training.fit' AND status = 'running'"
)


def counts(found):
    """Count what a lost or doubled step would change."""
    tables = (
        "features.feature_facts",
        "features.ml_feature_store",
        "predictions.ml_predictions",
        "predictions.prediction_outcomes",
        "predictions.calibrations",
        "registry.model_versions",
        "registry.model_deployments",
        "training.ml_training_jobs",
        "drift.ml_drift_metrics",
        "drift.drift_alerts",
        "experiments.sequential_points",
    )
    with found.tx() as tx:
        return {
            name: tx.scalar(f"SELECT count(*) FROM {name} WHERE tenant_id = app.tenant_id()")
            for name in tables
        }


def test_a_killed_replay_goes_on_where_it_was(  # noqa: PLR0917 - fixtures
    made, db, server, test_settings, undisturbed, flights_file
):
    whole, expected = undisturbed
    conninfo = server.conninfo("admin", db.name)
    # Among the first facts; in the middle of a training; while it predicts.
    for moment in (beyond(day(1, 4)), TRAINING, beyond(day(1, 16))):
        process = start(test_settings, db.name, flights_file, "unsafe")
        try:
            wait_for(process, conninfo, moment)
        finally:
            process.kill()
        assert process.wait() == -signal.SIGKILL
    with psycopg.connect(conninfo) as admin:
        attempts = admin.execute("SELECT max(attempts) FROM operations.job_runs").fetchone()[0]
    assert attempts == 2, "the training that was killed is the one that was run again"
    found = kit.replay(made, *kit.small())
    assert kit.answers(found) == expected
    assert counts(found) == counts(whole)
    with found.tx() as tx:
        left = tx.scalar(
            "SELECT count(*) FROM operations.job_runs WHERE tenant_id = app.tenant_id()"
            " AND status <> 'completed'"
        )
    assert left == 0


def test_a_killed_database_loses_and_doubles_nothing(tmp_path_factory, undisturbed, flights_file):
    whole, expected = undisturbed
    settings = Settings(data_dir=tmp_path_factory.mktemp("crash") / "data", pool_size=3)
    server = pg.start(settings)  # with fsync: this is about durability
    try:
        pg.bootstrap(server, "replayed")
        plugin._build(server, "replayed")
        process = start(settings, "replayed", flights_file)
        try:
            wait_for(process, server.conninfo("admin", "replayed"), beyond(day(1, 14)))
            postmaster = pg.status(settings).pid
            assert postmaster is not None
            os.kill(postmaster, signal.SIGKILL)
            assert process.wait(60) != 0, "the replay must notice"
        finally:
            process.kill()
            process.wait()
        server = pg.start(settings)
        runtime = kit.open_clone(settings, server, "replayed")
        found = kit.replay(runtime, *kit.small())
        assert kit.answers(found) == expected
        assert counts(found) == counts(whole)
        runtime.close()
    finally:
        pg.remove(settings)
