"""The SDK's bulk reads: what Everlearn holds as Arrow, pandas, polars, numpy or files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from everlearn.core.reading import Plan, Rows
from everlearn.entry.sdk_base import Opened
from everlearn.modules.events import service as events_service
from everlearn.modules.features import service as features_service
from everlearn.modules.operations import service as operations_service
from everlearn.modules.predictions import service as predictions_service
from everlearn.modules.training import service as training_service


class Reads(Opened):
    """Calls that read in bulk; part of `Everlearn`.

    Each gives `Rows`: nothing is read before `to_arrow()`, `to_pandas()`, `to_polars()`,
    `to_numpy()`, `write(path)` or a loop over its batches, and then in a transaction of its own.
    """

    def features(
        self,
        name: str,
        *,
        version: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Rows:
        """Read the stored vectors of a feature set, one column a feature.

        Args:
            name: of the feature set; of a model made by `model`, the model's name.
            version: of the set; the newest when left out.
            since: as_of from this aware time on.
            until: as_of before this aware time.
        """
        with self.read_tx() as tx:
            found = features_service.get_set(tx, name, version=version)
            return self._rows(features_service.vector_rows(tx, found, since=since, until=until))

    def facts(
        self,
        source: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        known_until: datetime | None = None,
    ) -> Rows:
        """Read the facts of a source, every version of each.

        Args:
            source: its name.
            since: happened from this aware time on.
            until: happened before this aware time.
            known_until: leave out what was known later than this aware time.
        """
        with self.read_tx() as tx:
            return self._rows(
                features_service.fact_rows(
                    tx, source, since=since, until=until, known_until=known_until
                )
            )

    def training_set(
        self,
        name: str,
        *,
        entities: Any = None,
        compute: bool = False,
        until: datetime | None = None,
        since: datetime | None = None,
    ) -> Rows:
        """Read what a model learns from: vectors with what came true of their entities.

        Args:
            name: of a model; with `entities`, also of a feature set.
            entities: a table (Arrow, pandas, polars) or name -> column, with `entity_id` and
                `as_of`: each is joined with the last vector stored of it by its own `as_of`.
                Further columns, such as a label, are handed through. Left out, it is the vectors
                and labels that a training at `until` would learn from.
            compute: compute the vectors of the entities from facts instead, as they were known at
                each `as_of`; the table must have the set's fields too.
            until: labels known by this aware time count; now when left out. Without `entities`.
            since: vectors with an earlier `as_of` are left out. Without `entities`.
        """
        with self.read_tx() as tx:
            return self._rows(
                training_service.set_rows(
                    tx, name, entities=entities, compute=compute, until=until, since=since
                )
            )

    def events(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        types: Sequence[str] | None = None,
        entity: str | None = None,
        entity_type: str | None = None,
        columns: Sequence[str] | None = None,
    ) -> Rows:
        """Read learning events in order of time; `event_data` and `metadata` are JSON texts.

        Args:
            since: happened from this aware time on.
            until: happened before this aware time.
            types: only these types, such as ``["user_feedback"]``.
            entity: only what happened to the thing of this id.
            entity_type: only what happened to things of this type.
            columns: names, in the order wanted; all when left out.
        """
        with self.read_tx() as tx:
            return self._rows(
                events_service.event_rows(
                    tx,
                    since=since,
                    until=until,
                    types=types,
                    entity=entity,
                    entity_type=entity_type,
                    columns=columns,
                )
            )

    def predictions(
        self,
        model: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        version: str | None = None,
        role: Literal["live", "shadow", "any"] = "live",
        with_outcomes: bool = True,
        columns: Sequence[str] | None = None,
    ) -> Rows:
        """Read a model's predictions with what came of them, NULL while that is not known.

        `id` begins with the time, and the rows are in its order. `feature_row_id` is the `id` of
        the vector in `features(model)`.

        Args:
            model: name of a model, or your own name of one that is not registered.
            since: made from this aware time on.
            until: made before this aware time.
            version: only of this version, such as ``v1.2.0``.
            role: what was answered, what versions in shadow would have answered, or any.
            with_outcomes: with `actual`, `error`, `loss`, `happened_at` and `known_at`.
            columns: names, in the order wanted; all when left out.
        """
        with self.read_tx() as tx:
            return self._rows(
                predictions_service.prediction_rows(
                    tx,
                    model,
                    since=since,
                    until=until,
                    version=version,
                    role=role,
                    with_outcomes=with_outcomes,
                    columns=columns,
                )
            )

    def metrics(
        self,
        name: str,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        tags: Mapping[str, Any] | None = None,
        resolution: Literal["raw", "minute", "hour", "day"] = "raw",
        columns: Sequence[str] | None = None,
    ) -> Rows:
        """Read the samples of a metric, or what its minutes, hours or days come to, by time.

        All its series come, told apart by `series_id`, `tags` (a JSON text) and
        `source_component`. Of a minute, an hour or a day `value` is the mean, beside `count`,
        `min`, `max`, `last` and the quantiles `p50`, `p95` and `p99`, at most 1 % off.

        Args:
            name: of the metric.
            since: from this aware time on.
            until: before this aware time.
            tags: only series with at least these tags.
            resolution: ``raw``, ``minute``, ``hour`` or ``day``.
            columns: names, in the order wanted; all when left out.
        """
        with self.read_tx() as tx:
            return self._rows(
                operations_service.metric_rows(
                    tx,
                    name,
                    since=since,
                    until=until,
                    tags=tags,
                    resolution=resolution,
                    columns=columns,
                )
            )

    def _rows(self, plan: Plan) -> Rows:
        return Rows(plan, self.tx if plan.writes else self.read_tx)
