"""Tables of the data sets."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from everlearn.core.columns import (
    Bytes,
    Count,
    Id,
    Json,
    Moment,
    Name,
    Score,
    Sha256,
    Texts,
    Words,
    choice,
    column,
    ref,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.datasets.types import DatasetType, DataSource, SourceType


class TrainingDataset(
    Row, module="datasets", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """One version of a data set: what is in it, from when, and the hash of its content."""

    __tablename__ = "training_datasets"
    __table_args__ = (
        UniqueConstraint("tenant_id", "name", "version"),
        CheckConstraint("window_start <= window_end", name="window"),
        Index("ix_training_datasets_dataset_type", "tenant_id", "dataset_type"),
        Index("ix_training_datasets_created_at", "tenant_id", "created_at"),
    )

    name: Mapped[Name] = column("What it is called; several versions share it.")
    version: Mapped[Name] = column("Text of the version, unique within the name.")
    dataset_type: Mapped[Words] = choice(
        DatasetType, "What it is about.", default=DatasetType.GENERAL
    )
    source_type: Mapped[Words | None] = choice(SourceType, "Where its rows come from.")
    data_source: Mapped[Words | None] = choice(DataSource, "Whose data they are.")
    description: Mapped[Words | None] = column("In the owner's words.")
    use_case_ids: Mapped[Texts | None] = column("Use cases it belongs to.")
    data_schema: Mapped[Json] = column("Column -> type, and what else describes a row.")
    data_snapshot: Mapped[Json | None] = column("The rows themselves, when they are few.")
    storage_location: Mapped[Words | None] = column("Where a copy outside the database lies.")
    size_bytes: Mapped[Bytes | None] = column("Size of that copy.")
    record_count: Mapped[Count] = column("Rows.", default="0")
    sha256: Mapped[Sha256] = column("SHA-256 of its content.")
    window_start: Mapped[Moment] = column("First time of its rows.")
    window_end: Mapped[Moment] = column("End of the times of its rows, excluded.")
    as_of: Mapped[Moment] = column("Nothing known later than this is in it.")
    quality_score: Mapped[Score | None] = column("How complete and valid it is, 1 is best.")
    preprocessing_config: Mapped[Json | None] = column("What was done to the rows.")
    created_by: Mapped[Id | None] = ref(
        "tenancy.users", "User who registered it, if a user did.", ondelete="SET NULL"
    )
    created_at: Mapped[Moment] = column("When it was registered.", default="now()")
    updated_at: Mapped[Moment] = column("When the row was last changed.", default="now()")
