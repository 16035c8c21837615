"""A small world to learn in: two features, an outcome soon after, lived through a day at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import numpy as np

from everlearn.core import jobs
from everlearn.core.clock import ManualClock
from everlearn.core.tx import Actor, Database
from everlearn.modules.features import service as features
from everlearn.modules.features.types import Entities, Numeric
from everlearn.modules.feedback import service as feedback
from everlearn.modules.loop import service
from everlearn.modules.predictions import service as predictions
from everlearn.modules.registry import service as registry
from everlearn.modules.registry.types import Task
from everlearn.modules.training import service as training
from everlearn.modules.training.types import TriggerReason

PARAMS = {
    "label": {"source": "churned", "value": "left"},
    "holdout_days": 2,
    "window_days": 5,
    "rounds": 10,
    "min_rows": 50,
    "min_holdout": 20,
    "lightgbm": {"num_leaves": 4, "learning_rate": 0.3, "min_data_in_leaf": 10},
}
QUIET = {"retrain_on_drift": False, "shadow_days": 6, "min_days_between": 2}
#: Rows of one day, one every half an hour.
ROWS = 48


@dataclass
class World:
    """A model of one tenant and its world; `sign` says which way the first feature acts."""

    database: Database
    tenant: UUID
    clock: ManualClock
    sign: float = 1.0
    shift: float = 0.0
    name: str = "churn"
    policy: dict = field(default_factory=dict)
    steps: list = field(default_factory=list)
    rows: int = 0

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(3)
        with self.tx() as tx:
            features.declare_source(tx, "churned", dims=(), values=("left",))
            self.set = features.declare_set(tx, "customers", (Numeric("age"), Numeric("visits")))
            self.model = registry.ensure_model(
                tx, self.name, task=Task.BINARY, feature_set_id=self.set.id, params=PARAMS
            )
            service.ensure_policy(tx, self.model.id, **QUIET | self.policy)

    def tx(self):
        return self.database.tx(self.tenant, actor=Actor("system", "world"), clock=self.clock)

    def day(self, *, turn: bool = True) -> list:
        """Live through one day: facts, answers, outcomes, and a turn of the loop at its end."""
        self.live_through(1)
        return self.turn() if turn else []

    def live_through(self, days: int) -> None:
        """Let so many days pass in one go."""
        n = ROWS * days
        begin = self.clock.now()
        at = [begin + timedelta(minutes=30 * i) for i in range(n)]
        ids = [f"customer-{self.rows + i}" for i in range(n)]
        self.rows += n
        age, visits = self.rng.normal(self.shift, 1.0, n), self.rng.normal(0.0, 1.0, n)
        chance = 1.0 / (1.0 + np.exp(-2.5 * self.sign * age))
        left = (self.rng.random(n) < chance).astype(float)
        known = [moment + timedelta(minutes=20) for moment in at]
        self.clock.advance(timedelta(days=days))
        with self.tx() as tx:
            made = features.materialize(
                tx, self.set, Entities(ids, at, {"age": age, "visits": visits})
            )
            if registry.find_live_version(tx, self.model.id):
                predictions.predict_many(tx, self.model, made)
                feedback.resolve_many(
                    tx, self.model, entity_ids=ids, values=left.tolist(), known_at=known
                )
            features.record_facts(
                tx, "churned", entity_ids=ids, event_at=known, known_at=known, values={"left": left}
            )

    def turn(self) -> list:
        """Turn the loop now; give the steps."""
        with self.tx() as tx:
            done = service.turn(tx, self.model.id).steps
        self.steps += done
        return done

    def days(self, n: int) -> list:
        """Live through several days; give all steps."""
        return [step for _ in range(n) for step in self.day()]

    def until(self, step: str, *, most: int = 15) -> str:
        """Live on until the loop takes a step; give why, or fail after `most` days."""
        for _ in range(most):
            for kind, why in self.day():
                if kind == step:
                    return why
        msg = f"no {step} in {most} days, but {self.steps}"
        raise AssertionError(msg)

    def train(self) -> None:
        """Start a training by hand and run it."""
        self.clock.advance(timedelta(seconds=1))
        with self.tx() as tx:
            job = training.start(tx, self.model.id, reason=TriggerReason.MANUAL)
        self.run_job(job.run_id)

    def run_job(self, run_id: UUID) -> None:
        """Run a job that is queued."""
        jobs.run(self.database, tenant_id=self.tenant, run_id=run_id, clock=self.clock)

    def run_training(self) -> None:
        """Run the training that is queued."""
        with self.tx() as tx:
            job = training.list_jobs(tx, model_id=self.model.id, limit=1)[0]
        self.run_job(job.run_id)

    def begin(self) -> None:
        """Live six days without a model, then train the first and let it go live."""
        self.live_through(6)
        self.train()
        self.turn()

    def policy_now(self):
        with self.tx() as tx:
            return service.get_policy(tx, self.model.id)

    def live(self):
        with self.tx() as tx:
            return registry.find_live_version(tx, self.model.id)

    def versions(self) -> dict[str, str]:
        """Give the status of every version by its name."""
        with self.tx() as tx:
            return {v.version: str(v.status) for v in registry.list_versions(tx, self.model.id)}

    def one(self, query: str, **given):
        with self.tx() as tx:
            return tx.scalar(query, given)
