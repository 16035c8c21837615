"""The SDK's bulk reads: what Everlearn holds as Arrow, pandas, polars, numpy or files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from everlearn.core.reading import Plan, Rows
from everlearn.entry.sdk_base import Opened
from everlearn.modules.features import service as features_service
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

    def _rows(self, plan: Plan) -> Rows:
        return Rows(plan, self.tx if plan.writes else self.read_tx)
