"""Registers data sets and finds them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from everlearn.core.errors import Invalid
from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.datasets import errors, types
from everlearn.modules.datasets.tables import TrainingDataset


def register(
    tx: Tx,
    *,
    name: str,
    version: str,
    dataset_type: types.DatasetType,
    record_count: int,
    sha256: str,
    schema: Mapping[str, Any],
    window: tuple[datetime, datetime],
    as_of: datetime,
    description: str | None = None,
    source_type: types.SourceType | None = None,
) -> types.Dataset:
    """Record a version of a data set; the same one again gives the stored one.

    Args:
        tx: transaction.
        name: what it is called; several versions share it.
        version: text of the version.
        dataset_type: what it is about.
        record_count: rows.
        sha256: hash of the content, by which two registrations are compared.
        schema: column -> type, and what else describes a row.
        window: first time of its rows, and the end, excluded.
        as_of: nothing known later than this is in it.
        description: in the owner's words.
        source_type: where the rows come from.

    Raises:
        OtherContent: this name and version are stored with another hash.
        Invalid: the window ends before it begins, or a value has the wrong form.
    """
    if window[1] < window[0]:
        msg = "the window ends before it begins"
        raise Invalid(msg, field="window", got=[moment.isoformat() for moment in window])
    now = tx.now()
    tx.execute(
        insert(TrainingDataset)
        .values(
            id=uuid7(now),
            name=name,
            version=version,
            dataset_type=dataset_type.value,
            source_type=source_type.value if source_type else None,
            description=description,
            data_schema=dict(schema),
            record_count=record_count,
            sha256=sha256,
            window_start=window[0],
            window_end=window[1],
            as_of=as_of,
            created_by=tx.actor.user_id,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "name", "version"])
    )
    stored = find(tx, name, version=version)
    assert stored is not None  # noqa: S101 - written above, or the conflict says that it is there
    if stored.sha256 != sha256:
        msg = f"the data set {name} {version} is stored with other content"
        raise errors.OtherContent(msg, field="sha256", stored=stored.sha256, got=sha256)
    return stored


def get(tx: Tx, dataset_id: UUID) -> types.Dataset:
    """Give a data set; raise UnknownDataset when the tenant has none of this id."""
    found = tx.execute(
        select(TrainingDataset).where(
            TrainingDataset.tenant_id == tx.tenant_id, TrainingDataset.id == dataset_id
        )
    ).scalar()
    if found is None:
        msg = f"no data set {dataset_id}"
        raise errors.UnknownDataset(msg, field="dataset_id")
    return _dataset(found)


def find(tx: Tx, name: str, *, version: str) -> types.Dataset | None:
    """Give a data set by its name and version, or None."""
    found = tx.execute(
        select(TrainingDataset).where(
            TrainingDataset.tenant_id == tx.tenant_id,
            TrainingDataset.name == name,
            TrainingDataset.version == version,
        )
    ).scalar()
    return _dataset(found) if found else None


def list_datasets(tx: Tx, *, name: str | None = None, limit: int = 100) -> list[types.Dataset]:
    """Give the tenant's data sets, newest first; those of one name when given."""
    query = select(TrainingDataset).where(TrainingDataset.tenant_id == tx.tenant_id)
    if name is not None:
        query = query.where(TrainingDataset.name == name)
    found = tx.execute(query.order_by(TrainingDataset.id.desc()).limit(limit)).scalars()
    return [_dataset(row) for row in found]


def _dataset(row: TrainingDataset) -> types.Dataset:
    start, end = row.window_start, row.window_end
    return types.Dataset(
        id=row.id,
        name=row.name,
        version=row.version,
        dataset_type=types.DatasetType(row.dataset_type),
        source_type=types.SourceType(row.source_type) if row.source_type else None,
        record_count=row.record_count,
        sha256=row.sha256,
        schema=row.data_schema,
        description=row.description,
        window=(start, end) if start and end else None,
        as_of=row.as_of,
        created_at=row.created_at,
    )
