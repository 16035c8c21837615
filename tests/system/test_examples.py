"""Every example runs, and the README shows the one that does."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

from everlearn.core import pg
from everlearn.core.app import Runtime
from everlearn.core.errors import Conflict, Invalid, NotFound
from everlearn.core.settings import Settings
from everlearn.core.worker import work
from everlearn.entry import sdk, sdk_base
from everlearn.modules.registry.errors import NoLiveVersion

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_runs_from_nothing(path, tmp_path):
    env = os.environ | {"EVERLEARN_DATA_DIR": str(tmp_path / "data")}
    env.pop("EVERLEARN_MODULES", None)
    try:
        done = subprocess.run(
            [sys.executable, str(path)],
            env=env,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "v1.0.0 active" in done.stdout
        assert "outcomes=1" in done.stdout
    finally:
        pg.remove(Settings(data_dir=tmp_path / "data"))


def test_the_readme_shows_the_example_as_it_is():
    code = (ROOT / "examples" / "the_loop.py").read_text().partition('"""\n\n')[2]
    assert code in (ROOT / "README.md").read_text()


@pytest.fixture
def el(db, monkeypatch):
    """Give the SDK on a database of the test's own, in real time: the queue knows no other."""
    database = db.database()
    database.clock = sdk.SystemClock()
    monkeypatch.setattr(
        sdk_base, "open_runtime", lambda _: Runtime(db.settings, db.server, database)
    )
    with sdk.Everlearn("sdk") as made:
        yield made


def teach(el, n=600):
    """Declare a model, and hand over what came of the customers of the last weeks."""
    el.model("churn", features={"age": float, "plan": ["basic", "pro"]}, rounds=10, holdout_days=5)
    rng = np.random.default_rng(1)
    age, plan = rng.uniform(18, 80, n), rng.choice(["basic", "pro"], n)
    now = sdk.SystemClock().now()
    return el.learn(
        "churn",
        entities=[f"customer-{i}" for i in range(n)],
        features={"age": age.tolist(), "plan": plan.tolist()},
        outcomes=((age < 40) ^ (rng.random(n) < 0.1)).astype(float).tolist(),
        as_of=[now - timedelta(hours=n - i) for i in range(n)],
    )


class TestSdk:
    def test_the_loop(self, el):
        assert teach(el) == 600
        first = el.train("churn")
        assert (first.version, first.status) == ("v1.0.0", "active")
        young, old = (el.predict("churn", f"c-{a}", age=a, plan="pro") for a in (25.0, 70.0))
        assert old.value < 0.3
        assert young.value > 0.7
        assert young.lower <= young.value <= young.upper
        assert abs(sum(young.reasons.values()) + young.base - young.margin) < 1e-4
        for _ in range(2):  # told twice it counts once
            el.resolve("churn", "c-25.0", 1)
        (month,) = el.performance("churn")
        assert (month.predictions, month.outcomes) == (2, 1)
        assert el.turn("churn").steps == []
        second = el.train("churn")
        assert (second.version, second.status) == ("v1.1.0", "shadow")

    def test_beside_a_worker(self, el, db):
        teach(el)
        done, database = Event(), db.database()

        def worker():
            while not done.is_set():
                work(db.server, database, forever=False, install_signal_handlers=False)

        thread = Thread(target=worker)
        thread.start()
        try:
            assert el.train("churn").version == "v1.0.0"
        finally:
            done.set()
            thread.join()

    def test_a_failed_training_says_why(self, el):
        teach(el, n=50)
        with pytest.raises(Conflict, match="rows with a known outcome"):
            el.train("churn")

    def test_errors_name_what_is_wrong(self, el):
        teach(el)
        with pytest.raises(NoLiveVersion):
            el.predict("churn", "c", age=1.0, plan="pro")
        with pytest.raises(NotFound):
            el.train("other")
        with pytest.raises(Invalid) as caught:
            el.model("bad", features={"age": dict})
        assert caught.value.field == "features.age"
        el.train("churn")
        with pytest.raises(Invalid) as caught:
            el.predict("churn", "c", age="old", plan="pro")
        assert caught.value.field == "features.age"
        with pytest.raises(Invalid):
            el.performance("churn", by="week")
