"""Tables of the federated module."""

from __future__ import annotations

from typing import Annotated

from sqlalchemy import (
    CheckConstraint,
    Double,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import (
    Count,
    Ids,
    Json,
    Moment,
    Name,
    Number,
    Seconds,
    Sha256,
    Texts,
    Words,
    choice,
    column,
)
from everlearn.core.tables import Policy, Row
from everlearn.modules.federated.types import (
    AggregationMethod,
    FederatedMetricName,
    FederatedUnit,
    NodeType,
    UpdateStatus,
)

Epsilon = Annotated[float, mapped_column(Double, info={"check": "{c} >= 0 AND {c} < 'infinity'"})]
# Nodes are referred to by the name they go by among each other, so ref(), which takes ids, is not
# used; the tenant is part of the key all the same.
_NODE = ["federated.federated_nodes.tenant_id", "federated.federated_nodes.node_id"]


class FederatedNode(
    Row, module="federated", policy=Policy(rows="tenant", touch=True), expose=("list", "get")
):
    """A participant of federated learning."""

    __tablename__ = "federated_nodes"
    __table_args__ = (
        UniqueConstraint("tenant_id", "node_id"),
        Index("ix_federated_nodes_node_type", "tenant_id", "node_type"),
    )

    node_id: Mapped[Name] = column("Name the nodes know each other by, unique in the tenant.")
    node_name: Mapped[Name] = column("Name shown to people.")
    node_type: Mapped[Words] = choice(NodeType, "What it does.")
    endpoint_url: Mapped[Words] = column("Address it is reached at.")
    public_key: Mapped[Words | None] = column("Key its signatures are checked with; not a secret.")
    is_active: Mapped[bool] = column("Whether it may take part.", default="true", index=True)
    last_seen_at: Mapped[Moment | None] = column("When it was last heard of.", index=True)
    meta: Mapped[Json] = column("Whatever else the node tells.", name="metadata", default="'{}'")
    created_at: Mapped[Moment] = column("When it was registered.", default="now()")
    updated_at: Mapped[Moment] = column("When the row was last changed.", default="now()")


class FederatedUpdate(
    Row,
    module="federated",
    # What a node sent is of use until its round is combined and looked at; it may tell about data.
    policy=Policy(rows="tenant", keep_days=90),
    expose=("list", "get"),
):
    """What one node changed in the model in one round, with its hash, weight and privacy cost."""

    __tablename__ = "federated_updates"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "node_id"],
            _NODE,
            ondelete="CASCADE",
            name="fk_federated_updates_node_id",
        ),
        # Sent twice, it would count twice in the mean; after a failure it may be sent again.
        Index(
            "uq_federated_updates_once",
            "tenant_id",
            "node_id",
            "round_number",
            "model_version",
            unique=True,
            postgresql_where=text("status <> 'failed'"),
        ),
        CheckConstraint("round_number >= 1", name="round_from_one"),
        CheckConstraint("sample_count > 0", name="has_samples"),
        CheckConstraint(
            "(status = 'aggregated') = (aggregated_at IS NOT NULL)", name="aggregated_when"
        ),
        CheckConstraint("aggregated_at >= received_at", name="span"),
        Index("ix_federated_updates_status", "tenant_id", "status"),
    )

    node_id: Mapped[Name] = column("Node that sent it, by its node_id.", index=True)
    round_number: Mapped[Count] = column("Round it belongs to, from 1.", index=True)
    model_version: Mapped[Name] = column("Version text of the model that the node started from.")
    update_data: Mapped[Json] = column("The change, as the node encoded and encrypted it.")
    update_hash: Mapped[Sha256] = column("SHA-256 of the change, as the node gave it.")
    sample_count: Mapped[Count] = column("Rows the node learned from: its weight in the mean.")
    training_time_seconds: Mapped[Seconds | None] = column("Time the node's fit took, in s.")
    privacy_budget_used: Mapped[Epsilon | None] = column(
        "Epsilon of differential privacy that the update cost."
    )
    status: Mapped[Words] = choice(UpdateStatus, "Where it stands.", default=UpdateStatus.PENDING)
    received_at: Mapped[Moment] = column("When it came in.", default="now()", index=True)
    aggregated_at: Mapped[Moment | None] = column("When it became part of a round's model.")


class FederatedAggregation(
    Row, module="federated", policy=Policy(rows="tenant", append_only=True), expose=("list", "get")
):
    """The combined model of a round, and which nodes' updates went into it."""

    __tablename__ = "federated_aggregations"
    __table_args__ = (
        CheckConstraint("round_number >= 1", name="round_from_one"),
        CheckConstraint("total_samples > 0", name="has_samples"),
        CheckConstraint(
            "cardinality(update_ids) > 0 AND array_position(update_ids, NULL) IS NULL",
            name="has_updates",
        ),
        CheckConstraint(
            "cardinality(participating_nodes) = cardinality(update_ids)"
            " AND array_position(participating_nodes, NULL) IS NULL",
            name="one_update_a_node",
        ),
        Index("ix_federated_aggregations_method", "tenant_id", "aggregation_method"),
    )

    round_number: Mapped[Count] = column("The round, from 1.", index=True)
    aggregation_method: Mapped[Words] = choice(AggregationMethod, "How the updates were combined.")
    # Arrays are no foreign keys, and updates go away before the model that was made of them.
    participating_nodes: Mapped[Texts] = column(
        "Nodes that took part, by federated_nodes.node_id; whoever writes the row checks them."
    )
    update_ids: Mapped[Ids] = column(
        "Their updates, by federated_updates.id, in the nodes' order; checked by the same."
    )
    aggregated_model: Mapped[Json] = column("The combined model.")
    aggregation_hash: Mapped[Sha256] = column("SHA-256 of the combined model, as it was sent out.")
    total_samples: Mapped[Count] = column("Rows that all of them learned from.")
    aggregation_time_seconds: Mapped[Seconds | None] = column("Time combining took, in s.")
    performance_metrics: Mapped[Json] = column(
        "Metric -> value when it was combined; later ones are in federated_metrics.",
        default="'{}'",
    )
    created_at: Mapped[Moment] = column("When it was combined.", default="now()", index=True)


class FederatedMetric(
    Row,
    module="federated",
    policy=Policy(rows="tenant", append_only=True, keep_days=730),
    expose=("list", "get"),
):
    """One measured number of a round, of one node, or of a node in a round."""

    __tablename__ = "federated_metrics"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "node_id"],
            _NODE,
            ondelete="SET NULL (node_id)",
            name="fk_federated_metrics_node_id",
        ),
        CheckConstraint("round_number >= 1", name="round_from_one"),
        Index("ix_federated_metrics_metric_name", "tenant_id", "metric_name"),
    )

    round_number: Mapped[Count | None] = column(
        "Round it was measured in, from 1; NULL when outside of rounds.", index=True
    )
    node_id: Mapped[Name | None] = column(
        "Node it was measured on; NULL for the whole round, or when the node is gone.", index=True
    )
    metric_name: Mapped[Words] = choice(FederatedMetricName, "What was measured.")
    metric_value: Mapped[Number] = column("The number, in `metric_unit`.")
    metric_unit: Mapped[Words | None] = choice(FederatedUnit, "Unit; NULL when it has none.")
    meta: Mapped[Json] = column("Whatever else the writer notes.", name="metadata", default="'{}'")
    recorded_at: Mapped[Moment] = column("When it was measured.", default="now()", index=True)
