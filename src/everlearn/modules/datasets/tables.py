"""Tables of the data sets."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Computed, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Bytes,
    Count,
    Id,
    Json,
    JsonList,
    Moment,
    Name,
    Number,
    Score,
    Sha256,
    Texts,
    Words,
    choice,
    column,
    ref,
    vector,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.datasets.types import (
    CodeSource,
    CodeType,
    ConversationSource,
    DatasetType,
    DataSource,
    SimulationSource,
    SourceType,
)

#: Numbers of an embedding of a text or of code.
EMBEDDING_WIDTH = 384


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
    data_schema: Mapped[Json] = column(
        "Column -> type, and what else describes a row.", default="'{}'"
    )
    data_snapshot: Mapped[Json | None] = column("The rows themselves, when they are few.")
    storage_location: Mapped[Words | None] = column("Where a copy outside the database lies.")
    file_path: Mapped[Words | None] = mapped_column(
        Text,
        Computed("storage_location", persisted=True),
        comment="The storage location under its other name.",
    )
    size_bytes: Mapped[Bytes | None] = column("Size of that copy.")
    record_count: Mapped[Count] = column("Rows.", default="0")
    sha256: Mapped[Sha256 | None] = column(
        "SHA-256 of its content; NULL when it was only described, never read."
    )
    window_start: Mapped[Moment | None] = column("First time of its rows.")
    window_end: Mapped[Moment | None] = column("End of the times of its rows, excluded.")
    as_of: Mapped[Moment | None] = column("Nothing known later than this is in it.")
    quality_score: Mapped[Score | None] = column("How complete and valid it is, 1 is best.")
    preprocessing_config: Mapped[Json | None] = column("What was done to the rows.")
    created_by: Mapped[Id | None] = ref(
        "tenancy.users", "User who registered it, if a user did.", ondelete="SET NULL"
    )
    created_at: Mapped[Moment] = column("When it was registered.", default="now()")
    updated_at: Mapped[Moment] = column("When the row was last changed.", default="now()")


class ConversationExample(
    Row, module="datasets", policy=Policy(rows="tenant"), expose=("list", "get")
):
    """A question and the answer that an assistant should give, with the talk it stands in."""

    __tablename__ = "conversation_examples"
    __table_args__ = (Index("ix_conversation_examples_source", "tenant_id", "source"),)

    user_query: Mapped[Words] = column("What the user asked.")
    ai_response: Mapped[Words] = column("What the assistant answered, or should.")
    context: Mapped[Json | None] = column(
        "What it stands in: industry, use_case and conversation_history."
    )
    # No reference: use cases belong to a module that stands on this one.
    use_case_id: Mapped[Id | None] = column("Use case it belongs to.", index=True)
    suggestions: Mapped[Texts | None] = column("What the user may ask next.")
    source: Mapped[Words | None] = choice(ConversationSource, "Where it comes from.")
    quality_score: Mapped[Score | None] = column("How good an example it is, 1 is best.")
    created_at: Mapped[Moment] = column("When it was added.", default="now()")


class SimulationExample(
    Row, module="datasets", policy=Policy(rows="tenant"), expose=("list", "get")
):
    """What a simulated solution gets in one scenario and should give back."""

    __tablename__ = "simulation_examples"

    # No reference: use cases belong to a module that stands on this one.
    use_case_id: Mapped[Id | None] = column("Use case it belongs to.", index=True)
    solution_id: Mapped[Name] = column("Solution that is simulated, by its own name.", index=True)
    scenario_id: Mapped[Name] = column("Scenario, by its own name.")
    input_data: Mapped[Json] = column("What goes in.")
    expected_output: Mapped[Json] = column("What should come out.")
    pipeline_steps: Mapped[JsonList | None] = column("Steps from input to output, in order.")
    business_impact: Mapped[Json | None] = column("What it is worth: name of a figure -> value.")
    source: Mapped[Words | None] = choice(SimulationSource, "Where it comes from.")
    created_at: Mapped[Moment] = column("When it was added.", default="now()")


class CodeExample(Row, module="datasets", policy=Policy(rows="tenant"), expose=("list", "get")):
    """A piece of code with what a teacher would say of it: tests, a better form, its dangers."""

    __tablename__ = "code_examples"
    __table_args__ = (
        Index(
            "ix_code_examples_embedding",
            "embedding",
            postgresql_using="hnsw",
            postgresql_ops={"embedding": "vector_cosine_ops"},
        ),
        CheckConstraint("vector_norm(embedding) > 0", name="embedding_has_a_direction"),
    )

    code: Mapped[Words] = column("The code.")
    language: Mapped[Name] = column("Programming language, such as python.", index=True)
    code_type: Mapped[Words | None] = choice(CodeType, "What it is a piece of.")
    description: Mapped[Words | None] = column("What it does.")
    explanation: Mapped[Words | None] = column("How it does it.")
    test_code: Mapped[Words | None] = column("Tests of it.")
    refactored_code: Mapped[Words | None] = column("The same, written better.")
    security_issues: Mapped[JsonList | None] = column("Dangers in it, one object each.")
    performance_notes: Mapped[Words | None] = column("What makes it slow, and what would not.")
    complexity_score: Mapped[Number | None] = column("How intricate it is; more is more so.")
    source: Mapped[Words | None] = choice(CodeSource, "Where it comes from.")
    source_repo: Mapped[Words | None] = column("Repository it was taken from.")
    embedding: Mapped[list[float] | None] = vector(
        "Vector of its meaning, to find code that does the like.", EMBEDDING_WIDTH
    )
    created_at: Mapped[Moment] = column("When it was added.", default="now()")
