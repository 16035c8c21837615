"""Which version was active when."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from everlearn.core.columns import Count, Id, Json, Moment, Name, Words, choice, column, ref
from everlearn.core.tables import Policy, Row
from everlearn.modules.registry.types import DeploymentKind, DeploymentStatus, Environment


class ModelDeployment(Row, module="registry", policy=Policy(rows="tenant"), expose=("list", "get")):
    """A span of time in which one version was active, or a deployment that a client records."""

    __tablename__ = "model_deployments"
    __table_args__ = (
        UniqueConstraint("tenant_id", "ml_model_id", "environment", "number"),
        CheckConstraint(
            "ml_model_id IS NULL OR num_nulls(number, deployment_notes, deployed_by) = 0",
            name="made_here",
            info={"whole": ("ml_model_id", "number", "deployment_notes", "deployed_by")},
        ),
        Index(
            "uq_model_deployments_current",
            "tenant_id",
            "ml_model_id",
            "environment",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    ml_model_id: Mapped[Id | None] = ref(
        "registry.ml_models", "The model; NULL when it is only recorded here.", ondelete="CASCADE"
    )
    number: Mapped[Count | None] = column("1 for the model's first deployment, then 2 and so on.")
    model_version_id: Mapped[Id] = ref("registry.model_versions", "The version.")
    replaced_version_id: Mapped[Id | None] = ref(
        "registry.model_versions", "Version that was active before."
    )
    kind: Mapped[Words] = choice(
        DeploymentKind, "Promotion or rollback.", default=DeploymentKind.PROMOTION
    )
    environment: Mapped[Words] = choice(
        Environment, "Where it is deployed.", default=Environment.PROD
    )
    endpoint_url: Mapped[Words | None] = column(
        "Address that serves it, when it is not this server."
    )
    deployment_status: Mapped[Words] = choice(
        DeploymentStatus, "How it stands, or how it ended.", default=DeploymentStatus.PENDING
    )
    deployment_notes: Mapped[Words | None] = column("Why it was made, in one sentence.")
    evidence: Mapped[Json] = column("What the decision was based on.", default="'{}'")
    deployed_by: Mapped[Name | None] = column("Who or what decided.")
    deployed_at: Mapped[Moment | None] = column("When it began.")
    ended_at: Mapped[Moment | None] = column("When it ended; NULL while it lasts.")
    rolled_back_at: Mapped[Moment | None] = column("When it was rolled back, if it was.")
    created_at: Mapped[Moment] = column("When the row was made.", default="now()")
