"""Tables of the content module."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from everlearn.core.columns import (
    Count,
    Id,
    Json,
    Moment,
    Name,
    Sha256,
    Words,
    choice,
    column,
    ref,
    vector,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.content.types import (
    ChunkSource,
    ChunkType,
    ItemType,
    SyncStatus,
    SyncType,
    VersionSource,
)

#: Numbers of a chunk's embedding.
EMBEDDING_WIDTH = 384


class ContentChunk(
    Row, module="content", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """A piece of text with the vector of its meaning, by which it is found."""

    __tablename__ = "content_chunks"
    __table_args__ = (
        Index("ix_content_chunks_type", "tenant_id", "content_type", "use_case_id"),
        # All tenants in one; `everlearn.core.vectors.nearest` sees to it that small ones are found.
        Index(
            "ix_content_chunks_embedding",
            "embedding",
            postgresql_using="hnsw",
            postgresql_ops={"embedding": "vector_cosine_ops"},
        ),
        CheckConstraint("vector_norm(embedding) > 0", name="embedding_has_a_direction"),
    )

    # No references: both belong to modules that stand on this one.
    use_case_id: Mapped[Id | None] = column("Use case it is about.", index=True)
    discovery_tool_id: Mapped[Id | None] = column("Discovery tool it is about.", index=True)
    content_type: Mapped[Words] = choice(ChunkType, "What it is.")
    content_text: Mapped[Words] = column("The text.")
    source: Mapped[Words | None] = choice(ChunkSource, "Where it was taken from.")
    source_file: Mapped[Words | None] = column("File it was taken from.")
    meta_data: Mapped[Json | None] = column("Anything else its sender adds.")
    embedding: Mapped[list[float] | None] = vector(
        "Vector of its meaning; NULL until it is computed.", EMBEDDING_WIDTH
    )
    embedding_model: Mapped[Name | None] = column(
        "Model that computed it; vectors of different models cannot be compared."
    )
    created_at: Mapped[Moment] = column("When it was added.", default="now()")
    updated_at: Mapped[Moment] = column("When it was last changed.", default="now()")


class ContentVersion(Row, module="content", policy=Policy(rows="tenant"), expose=("list", "get")):
    """An item of content as it was in one version, with the checksum of its data."""

    __tablename__ = "content_versions"
    __table_args__ = (Index("ix_content_versions_type", "tenant_id", "content_type"),)

    content_type: Mapped[Words] = choice(ItemType, "What the item is.")
    content_id: Mapped[Name] = column("The item, by its own id.", index=True)
    version: Mapped[Name] = column("Text of the version.")
    content_data: Mapped[Json] = column("The item as it was.")
    source: Mapped[Words | None] = choice(VersionSource, "Where it was written.")
    source_file: Mapped[Words | None] = column("File it came from.")
    checksum: Mapped[Sha256 | None] = column("SHA-256 of the item's data.")
    is_active: Mapped[bool] = column("Whether it is in use.", default="true")
    created_at: Mapped[Moment] = column("When it was written.", default="now()")
    created_by: Mapped[Id | None] = ref(
        "tenancy.users", "User who wrote it, if a user did.", ondelete="SET NULL"
    )


class ContentSync(
    Row, module="content", policy=Policy(rows="tenant", keep_days=365), expose=("list", "get")
):
    """A run that takes content from one place to another, with how many records went through."""

    __tablename__ = "content_syncs"
    __table_args__ = (CheckConstraint("started_at <= completed_at", name="begins_before_it_ends"),)

    sync_type: Mapped[Words] = choice(SyncType, "What it does.")
    content_type: Mapped[Name] = column("What it moves, in the words of its source.")
    source: Mapped[Name | None] = column("Where from.")
    destination: Mapped[Name | None] = column("Where to.")
    records_processed: Mapped[Count] = column("Records it has looked at.", default="0")
    records_success: Mapped[Count] = column("Of these, those that went through.", default="0")
    records_failed: Mapped[Count] = column("Of these, those that failed.", default="0")
    status: Mapped[Words] = choice(SyncStatus, "Where it stands.", default=SyncStatus.PENDING)
    error_log: Mapped[Words | None] = column("What went wrong.")
    started_at: Mapped[Moment | None] = column("When it began.")
    completed_at: Mapped[Moment | None] = column("When it ended.")
    created_at: Mapped[Moment] = column("When it was asked for.", default="now()")
