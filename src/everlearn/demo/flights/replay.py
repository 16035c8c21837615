"""Replays the year, twelve hours at a time: facts, predictions, outcomes, a turn of the loop.

One step is one transaction that also moves the replay's cursor, so a replay that is killed goes on
where it was, and nothing is lost or doubled. Trainings are jobs of the tenant's own queue; they run
between two steps, at the time of the step that queued them.
"""

from __future__ import annotations

import json
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import typer

from everlearn.core.clock import ManualClock
from everlearn.core.errors import Conflict, Invalid
from everlearn.core.log import configure
from everlearn.core.tx import Actor, Tx
from everlearn.demo.flights import report as reporting
from everlearn.demo.flights.data import LATE_MIN, Flights, load
from everlearn.demo.flights.features import LABEL, LEAD, Feed, declare, micros, moment
from everlearn.modules.features import service as features
from everlearn.modules.features.types import Entities, FeatureSet
from everlearn.modules.feedback import service as feedback
from everlearn.modules.loop import service as loop
from everlearn.modules.loop.types import Step
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Model, Task
from everlearn.modules.tenancy import service as tenancy
from everlearn.modules.training import service as training
from everlearn.modules.training.types import TriggerReason

if TYPE_CHECKING:
    from everlearn.core.app import Runtime

SLUG = "flights"
MODEL = "late-arrival"
QUEUE = f"replay:{SLUG}"
NEW_YORK = ZoneInfo("America/New_York")
ACTOR = Actor("system", "flights replay")

#: What LightGBM is given; chosen once on the year's first months and the reference runs.
PARAMS: dict[str, Any] = {
    "rounds": 150,
    "holdout_days": 7,
    "seed": 7,
    "lightgbm": {
        "num_leaves": 15,
        "learning_rate": 0.1,
        "min_data_in_leaf": 200,
        "feature_fraction": 0.3,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 20.0,
        "cat_smooth": 20.0,
        "max_bin": 127,
    },
}
#: A training a month, or sooner after an alert, and fourteen in all.
POLICY: dict[str, Any] = {
    "alpha": 0.05,
    "retrain_every_days": 30,
    "retrain_on_drift": True,
    "min_days_between": 21,
    "max_trainings": 14,
    "shadow_days": 28,
    "scan_hours": 168,  # a week: single days differ by their weather
    "keep_baseline": True,
}


def day(month: int, number: int, year: int = 2013) -> datetime:
    """Give the midnight in New York with which a day begins."""
    return datetime(year, month, number, tzinfo=NEW_YORK).astimezone(UTC)


BEGIN, FIRST_TRAINING, END = day(1, 1), day(2, 1), day(1, 2, 2014)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is replayed, and how.

    Attributes:
        begin: first moment.
        first_training: until then nothing is predicted, only kept.
        end: last moment.
        step: time that passes in one transaction.
        turn_every: time after which the loop looks again; a whole number of steps.
        params: of the trainings.
        policy: of the loop.
    """

    begin: datetime = BEGIN
    first_training: datetime = FIRST_TRAINING
    end: datetime = END
    step: timedelta = timedelta(hours=12)
    turn_every: timedelta = timedelta(hours=24)
    params: dict[str, Any] = field(default_factory=lambda: dict(PARAMS))
    policy: dict[str, Any] = field(default_factory=lambda: dict(POLICY))


class Replay:
    """A replay under way."""

    def __init__(self, made: Runtime, flights: Flights, feed: Feed, plan: Plan) -> None:
        """Open the tenant, declare what is not yet there, and find the cursor."""
        self.made, self.flights, self.feed, self.plan = made, flights, feed, plan
        self.clock = ManualClock(plan.begin)
        self.seconds: dict[str, float] = defaultdict(float)
        self.tenant = tenancy.ensure_tenant(
            made.database, slug=SLUG, name="New York flights 2013", job_queue=QUEUE
        )
        with self.tx() as tx:
            self.set: FeatureSet = declare(tx)
            self.model: Model = registry.ensure_model(
                tx,
                MODEL,
                task=Task.BINARY,
                feature_set_id=self.set.id,
                params=plan.params | {"label": {"source": LABEL.source, "value": LABEL.value}},
                description=f"Arrives more than {LATE_MIN} min late, said 30 min before departure.",
            )
            loop.ensure_policy(tx, self.model.id, **plan.policy)
            self.position = loop.open_replay(tx, MODEL, begins_at=plan.begin, ends_at=plan.end)
        self.clock.move_to(self.position)
        # The moment of each prediction, in order: schedules are sorted.
        self._asked = flights.scheduled - micros_of(LEAD)

    @contextmanager
    def tx(self) -> Iterator[Tx]:
        """Open a transaction at the replay's time."""
        with self.made.database.tx(self.tenant.id, actor=ACTOR, clock=self.clock) as tx:
            yield tx

    def step(self) -> None:
        """Replay one span of time: one transaction, then the jobs it queued."""
        start, end = self.position, min(self.position + self.plan.step, self.plan.end)
        self.clock.move_to(end)
        trained = False
        with self.tx() as tx:
            after, until = micros(start), micros(end)
            with self._timed("facts"):
                self.feed.record(tx, after, until)
            self._predict(tx, after, until)
            with self._timed("outcomes"):
                self._resolve(tx, after, until)
            with self._timed("loop"):
                is_due = (end - self.plan.begin) % self.plan.turn_every == timedelta(0)
                if end >= self.plan.first_training and is_due:
                    trained = self._turn(tx)
            loop.move_replay(tx, MODEL, end)
        self.position = end
        if trained:
            self.run_jobs()

    def _predict(self, tx: Tx, after: int, until: int) -> None:
        low, high = np.searchsorted(self._asked, [after, until], "right")
        if low == high:
            return
        f, rows = self.flights, slice(int(low), int(high))
        with self._timed("features"):
            entities = Entities(
                entity_ids=[str(name) for name in f.ids[rows]],
                as_of=self._asked[rows],
                fields={name: column[rows] for name, column in f.fields.items()}
                | {"tail": f.tail[rows]},
            )
            made = features.materialize(tx, self.set, entities)
        if registry.find_live_version(tx, self.model.id) is not None:
            with self._timed("predictions"):
                predictions.predict_many(tx, self.model, made, service_name="flights")

    def _resolve(self, tx: Tx, after: int, until: int) -> None:
        f, rows = self.flights, self.feed.rows("arrivals", after, until)
        if not len(rows) or registry.find_live_version(tx, self.model.id) is None:
            return
        times = [moment(int(at)) for at in f.arrived[rows]]
        feedback.resolve_many(
            tx,
            self.model,
            entity_ids=[str(name) for name in f.ids[rows]],
            values=(f.arr_delay[rows] > LATE_MIN).astype(float),
            happened_at=times,
            known_at=times,
            # January's last flights arrive without ever having been predicted.
            on_error="take_good",
        )

    def _turn(self, tx: Tx) -> bool:
        if training.state_of(tx, self.model.id).count == 0:
            training.start(tx, self.model.id, reason=TriggerReason.MANUAL)
            return True
        done = loop.turn(tx, self.model.id)
        return any(step == Step.TRAINING_STARTED for step, _ in done.steps)

    def run_jobs(self) -> None:
        """Run what the replay's queue holds, here and now, and let the loop look at the result."""
        from everlearn.core.worker import work

        with self._timed("training"):
            work(
                self.made.server,
                self.made.database,
                queues=[QUEUE],
                forever=False,
                clock=self.clock,
                stalled_s=0,
                install_signal_handlers=False,
            )
        with self.tx() as tx:
            last = training.list_jobs(tx, model_id=self.model.id, limit=1)
            if last and last[0].error:
                msg = f"the training of {self.position:%Y-%m-%d} failed: {last[0].error}"
                raise Conflict(msg, hint="everlearn training list --tenant flights")
            loop.turn(tx, self.model.id)

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        started = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[part] += time.perf_counter() - started


def micros_of(span: timedelta) -> int:
    """Give a duration in microseconds."""
    return int(span.total_seconds() * 1e6)


def run(
    made: Runtime,
    *,
    until: str | None = None,
    report: Path | None = None,
    serve: bool = True,
    fresh: bool = False,
    port: int | None = None,
) -> None:
    """Replay the year, or go on with it; print the report; leave the page up.

    Args:
        made: opened runtime.
        until: ISO date of 2013 in New York, exclusive; the whole year when left out.
        report: file for the figures as JSON.
        serve: whether the page is up during and after the replay.
        fresh: begin again from nothing.
        port: port of the page.

    Raises:
        Invalid: `until` is no day of 2013, or the extra `demo` is not installed.
        Conflict: another replay is under way.
    """
    plan = Plan()
    end = _end(plan, until)
    configure(level="warning", style=made.settings.log_format)
    started = time.perf_counter()
    with _alone(made):
        if fresh and (old := tenancy.find_tenant(made.database, slug=SLUG)):
            tenancy.erase_tenant(made.server, old)
        flights, weather = load()
        replay = Replay(made, flights, Feed(flights, weather), plan)
        replay.seconds["reading files"] = time.perf_counter() - started
        server = _serve(made, port) if serve else None
        replay.run_jobs()  # what a killed replay left in its queue
        _play(replay, end)
        replay.seconds["all"] = time.perf_counter() - started
        with replay.tx() as tx:
            figures = reporting.figures(tx, replay.model, seconds=dict(replay.seconds))
    typer.echo(reporting.text(figures))
    if report is not None:
        report.write_text(json.dumps(figures, indent=2, default=str) + "\n")
    if server is not None:
        typer.echo("The page stays up until Ctrl-C.")
        server.join()


def _end(plan: Plan, until: str | None) -> datetime:
    if until is None:
        return plan.end
    try:
        chosen = datetime.fromisoformat(until).replace(tzinfo=NEW_YORK).astimezone(UTC)
    except ValueError as error:
        msg = f"{until!r} is not a day"
        raise Invalid(msg, field="--until", hint="write it as 2013-04-01") from error
    if not plan.begin < chosen <= plan.end:
        msg = "the flights are those of 2013"
        raise Invalid(msg, field="--until", hint="choose a day from 2013-01-02 to 2014-01-01")
    return chosen


def _play(replay: Replay, end: datetime) -> None:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.fields[day]}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    begin, step = replay.plan.begin, replay.plan.step
    total = max((end - begin) / step, 1)
    with bar:
        task = bar.add_task("replay", total=total, day="")
        while replay.position < end:
            replay.step()
            there = replay.position.astimezone(NEW_YORK)
            bar.update(
                task,
                completed=(replay.position - begin) / step,
                day=f"{there:%d %b %Y}",
            )


@contextmanager
def _alone(made: Runtime) -> Iterator[None]:
    """Hold a lock for as long as this process replays; its death sets it free."""
    import psycopg

    with psycopg.connect(made.server.conninfo("app"), autocommit=True) as connection:
        row = connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended('everlearn.replay.flights', 0))"
        ).fetchone()
        if not (row and row[0]):
            msg = "another replay of the flights is under way"
            raise Conflict(msg, hint="wait for it, or stop it")
        yield


def _serve(made: Runtime, port: int | None) -> threading.Thread:
    from everlearn.entry.serve import server_for, sign_in_link

    host, chosen = made.settings.host, made.settings.port if port is None else port
    server = server_for(made, host=host, port=chosen)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    link = sign_in_link(made, slug=SLUG, host=host, port=chosen)
    typer.echo(f"\nWatch it at http://{host}:{chosen}")
    typer.echo(f"sign in (once, within half an hour): {link}\n")
    return thread
