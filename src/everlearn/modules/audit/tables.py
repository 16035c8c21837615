"""Tables of the audit module."""

from __future__ import annotations

from sqlalchemy import Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from everlearn.core.columns import Count, Id, Json, Moment, Name, Sha256, Words, choice, column
from everlearn.core.tables import By, Policy, Row
from everlearn.modules.audit.types import ActionType


class AuditLog(
    Row,
    module="audit",
    # hot: the trail has no reference to tenants, so it outlives them. No keep_days: never purged.
    policy=Policy(rows="tenant", append_only=True, hot=True, partition=By("created_at", "month")),
    expose=("get",),
):
    """Append-only audit trail; each row is chained to the one before it by a hash."""

    __tablename__ = "audit_logs"
    __table_args__ = (
        Index("ix_audit_logs_seq", "tenant_id", "seq"),
        Index("ix_audit_logs_resource", "tenant_id", "resource_type", "resource_id"),
    )

    # No reference: a user who is deleted must not change what the trail says.
    user_id: Mapped[Id | None] = column("User who did it; NULL for jobs and keys without one.")
    team_id: Mapped[Id | None] = column("Team on whose behalf it was done, if any.")
    action_type: Mapped[Words] = choice(ActionType, "What was done.")
    resource_type: Mapped[Name] = column("Kind of thing it was done to, such as model or users.")
    resource_id: Mapped[Words | None] = column("Which one.")
    action_details: Mapped[Json] = column(
        "What changed; for a table, column to [before, after].", default="'{}'"
    )
    ip_address: Mapped[Words | None] = column("Address the request came from.")
    user_agent: Mapped[Words | None] = column("Program the request came from.")
    success: Mapped[bool] = column("Whether it was done, or refused.", default="true")
    error_message: Mapped[Words | None] = column("Why it was refused.")
    meta: Mapped[Json] = column(
        "More about the circumstances, such as the actor's name.", name="metadata", default="'{}'"
    )
    created_at: Mapped[Moment] = column("When it was done.", primary_key=True, default="now()")
    # The three below are filled in by the trigger; whatever an INSERT says is overwritten.
    seq: Mapped[Count] = column("Place in the tenant's chain, 1, 2, 3 ...", default="0")
    previous_sha256: Mapped[Sha256] = column(
        "Hash of the row before; zeros for the first.", default="repeat('0', 64)"
    )
    sha256: Mapped[Sha256] = column(
        "Hash over this row and previous_sha256.", default="repeat('0', 64)"
    )


class AuditChainHead(Row, module="audit", policy=Policy(rows="tenant", append_only=True, hot=True)):
    """The newest place of each tenant's chain: rows cut off its end show too."""

    __tablename__ = "audit_chain_heads"
    __table_args__ = (UniqueConstraint("tenant_id"),)

    seq: Mapped[Count] = column("Sequence number of the newest row.")
    sha256: Mapped[Sha256] = column("Hash of the newest row.")


AFTER = (
    """
    CREATE OR REPLACE TRIGGER chain BEFORE INSERT ON audit.audit_logs
    FOR EACH ROW EXECUTE FUNCTION app.chain_audit()
    """,
)
