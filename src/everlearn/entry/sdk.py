"""The Python SDK: the loop from a script or notebook, in this process, on the same database.

Each call is one transaction of one tenant, as the role everlearn_app.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from everlearn.core import jobs
from everlearn.core.clock import SystemClock
from everlearn.core.errors import Conflict, Invalid
from everlearn.core.jobs import STALLED_S, JobStatus
from everlearn.core.tx import Tx
from everlearn.entry.sdk_archive import Archive
from everlearn.entry.sdk_read import Reads
from everlearn.entry.sdk_write import OUTCOMES, Writes
from everlearn.modules.features import service as features
from everlearn.modules.features.types import Categorical, Entities, Feature, Numeric
from everlearn.modules.feedback import service as feedback
from everlearn.modules.loop import service as loop
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Model, Task, Version
from everlearn.modules.training import service as training
from everlearn.modules.training.types import TriggerReason

if TYPE_CHECKING:
    from everlearn.modules.loop.types import Turn
    from everlearn.modules.predictions.types import Performance, Prediction
    from everlearn.modules.training.types import TrainingJob


class Everlearn(Reads, Writes):
    """The loop for one tenant; a context manager that gives its connections back at the end."""

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    @property
    def archive(self) -> Archive:
        """Give the archive: rows that left their tables."""
        return Archive(self._runtime, self.tenant.id)

    def model(
        self, name: str, *, features: Mapping[str, type | Sequence[str]], **params: Any
    ) -> Model:
        """Declare a model that says how likely something is; doing it again changes nothing.

        Args:
            name: of the model.
            features: name -> ``float``, ``str``, or the list of the words allowed.
            params: of the training, such as ``rounds=200`` or ``lightgbm={"num_leaves": 15}``.
        """
        with self.tx() as tx:
            made = features_of(tx, name, features)
            outcomes = OUTCOMES.format(model=name)
            _declare_outcomes(tx, outcomes)
            label = {"source": outcomes, "value": "value"}
            model = registry.ensure_model(
                tx, name, task=Task.BINARY, feature_set_id=made, params={**params, "label": label}
            )
            loop.ensure_policy(tx, model.id)
        return model

    def learn(
        self,
        name: str,
        *,
        entities: Sequence[str],
        features: Mapping[str, Sequence[Any]],
        outcomes: Sequence[float],
        as_of: Sequence[datetime],
        known_at: Sequence[datetime] | None = None,
    ) -> int:
        """Hand over history: what was known of each entity, and what came of it.

        Args:
            name: of the model.
            entities: ids of your own, length n.
            features: name -> values, length n.
            outcomes: 0 or 1, length n.
            as_of: aware times the features stand for, length n.
            known_at: aware times when the outcomes became known; `as_of` when left out.

        Returns:
            How many outcomes were new.
        """
        from everlearn.modules.features import service

        with self.tx() as tx:
            model = registry.get_model(tx, name)
            chosen = service.get_set(tx, _set_id(model))
            service.materialize(tx, chosen, Entities(entities, as_of, features))
            known = known_at or as_of
            return _record_outcomes(tx, name, entities, outcomes, happened=as_of, known=known)

    def train(self, name: str) -> Version:
        """Train now, in this process; the first version goes live, a later one into shadow.

        Where a worker has taken the job already, its end is waited for.

        Raises:
            Conflict: the training failed or was cancelled; the message says why.
        """
        with self.tx() as tx:
            model = registry.get_model(tx, name)
            loop.ensure_policy(tx, model.id)
            job = training.start(tx, model.id, reason=TriggerReason.MANUAL)
        job = self._finished(job)
        if job.version_id is None:
            msg = f"the training {job.status}: {job.error or 'no version was made'}"
            raise Conflict(msg, hint="`everlearn training list` tells more")
        with self.tx() as tx:
            loop.turn(tx, model.id)
            return registry.get_version(tx, job.version_id)

    def _finished(self, job: TrainingJob) -> TrainingJob:
        """Run a training, unless another process does, and give it when it has ended."""
        sign, at = None, time.monotonic()
        while job.status in training.OPEN:
            if sign != (sign := (job.status, job.progress, job.note)):
                at = time.monotonic()
            # A job that shows no progress may belong to a worker that was killed.
            if job.status == JobStatus.QUEUED or time.monotonic() - at > STALLED_S:
                again = jobs.run(
                    self._runtime.database,
                    tenant_id=self.tenant.id,
                    run_id=job.run_id,
                    clock=SystemClock(),
                )
                time.sleep(1.0 if again else 0.0)
            else:
                time.sleep(0.2)
            with self.tx() as tx:
                job = training.get_job(tx, job.id)
        return job

    def predict(self, name: str, entity: str, /, **features: Any) -> Prediction:
        """Ask the live version; the answer has a value, bounds and reasons, and is kept."""
        with self.tx() as tx:
            return predictions.predict(tx, name, entity_id=entity, features=features)

    def resolve(
        self, name: str, entity: str, outcome: float, *, at: datetime | None = None
    ) -> None:
        """Tell what really happened (0 or 1); it closes and scores the predictions made of it."""
        with self.tx() as tx:
            done = feedback.resolve(tx, model=name, entity_id=entity, value=outcome, happened_at=at)
            # The fact that the next training learns from; told twice it stays one.
            _record_outcomes(
                tx, name, [entity], [outcome], happened=[done.happened_at], known=[done.known_at]
            )

    def turn(self, name: str) -> Turn:
        """Let the loop look at a model once: drift, retraining, promotion, rollback."""
        with self.tx() as tx:
            return loop.turn(tx, registry.get_model(tx, name).id)

    def performance(
        self, name: str, *, by: str = "month", since: date | None = None, until: date | None = None
    ) -> list[Performance]:
        """Give how well a model's answers did and how long they took, by ``day`` or ``month``.

        Args:
            name: of the model.
            by: what the answers are added up by.
            since: first day (UTC); the first that is kept when left out.
            until: the day after the last; all that follow when left out.
        """
        if by not in {"day", "month"}:
            raise Invalid("performance comes by day or month", field="by", got=by)
        with self.read_tx() as tx:
            model = registry.get_model(tx, name)
            return predictions.performance(
                tx,
                model.id,
                by="day" if by == "day" else "month",
                since=since,
                until=until,
                times=True,
            )


def features_of(tx: Tx, name: str, declared: Mapping[str, type | Sequence[str]]) -> UUID:
    """Declare a feature set of given fields; give its id."""
    made: list[Feature] = []
    for feature, kind in declared.items():
        if kind in {float, int, bool} if isinstance(kind, type) else False:
            made.append(Numeric(feature))
        elif kind is str:
            made.append(Categorical(feature))
        elif isinstance(kind, Sequence):
            made.append(Categorical(feature, tuple(kind)))
        else:
            msg = "a feature is float, str or a list of words"
            raise Invalid(msg, field=f"features.{feature}")
    return features.declare_set(tx, name, tuple(made)).id


def _set_id(model: Model) -> UUID:
    if model.feature_set_id is None:
        msg = f"model {model.name} has no features"
        raise Invalid(msg, hint="declare it with Everlearn.model(name, features=...)")
    return model.feature_set_id


def _declare_outcomes(tx: Tx, source: str) -> None:
    features.declare_source(tx, source, dims=(), values=("value",))


def _record_outcomes(
    tx: Tx,
    name: str,
    entities: Sequence[str],
    values: Sequence[float],
    *,
    happened: Sequence[datetime],
    known: Sequence[datetime],
) -> int:
    return features.record_facts(
        tx,
        OUTCOMES.format(model=name),
        entity_ids=entities,
        event_at=happened,
        known_at=known,
        values={"value": values},
    )
