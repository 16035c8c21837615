"""Federated first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA federated")
    op.execute(
        "GRANT USAGE ON SCHEMA federated TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "federated_aggregations",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column("round_number", sa.BigInteger(), nullable=False, comment="The round, from 1."),
        sa.Column(
            "aggregation_method",
            sa.Text(),
            nullable=False,
            comment="How the updates were combined.",
        ),
        sa.Column(
            "participating_nodes",
            postgresql.ARRAY(sa.Text()),
            nullable=False,
            comment="Nodes that took part, by federated_nodes.node_id; whoever writes the row checks them.",
        ),
        sa.Column(
            "update_ids",
            postgresql.ARRAY(sa.UUID()),
            nullable=False,
            comment="Their updates, by federated_updates.id, in the nodes' order; checked by the same.",
        ),
        sa.Column(
            "aggregated_model",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="The combined model.",
        ),
        sa.Column(
            "aggregation_hash",
            sa.Text(),
            nullable=False,
            comment="SHA-256 of the combined model, as it was sent out.",
        ),
        sa.Column(
            "total_samples",
            sa.BigInteger(),
            nullable=False,
            comment="Rows that all of them learned from.",
        ),
        sa.Column(
            "aggregation_time_seconds",
            sa.Double(),
            nullable=True,
            comment="Time combining took, in s.",
        ),
        sa.Column(
            "performance_metrics",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Metric -> value when it was combined; later ones are in federated_metrics.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was combined.",
        ),
        sa.CheckConstraint(
            "aggregation_hash ~ '^[0-9a-f]{64}$'",
            name=op.f("ck_federated_aggregations_aggregation_hash_valid"),
        ),
        sa.CheckConstraint(
            "aggregation_method IN ('fedavg', 'fedprox', 'scaffold', 'feddyn')",
            name=op.f("ck_federated_aggregations_aggregation_method_valid"),
        ),
        sa.CheckConstraint(
            "aggregation_time_seconds >= 0 AND aggregation_time_seconds < 'infinity'",
            name=op.f("ck_federated_aggregations_aggregation_time_seconds_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(aggregated_model) = 'object'",
            name=op.f("ck_federated_aggregations_aggregated_model_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(performance_metrics) = 'object'",
            name=op.f("ck_federated_aggregations_performance_metrics_valid"),
        ),
        sa.CheckConstraint(
            "cardinality(participating_nodes) = cardinality(update_ids) AND array_position(participating_nodes, NULL) IS NULL",
            name=op.f("ck_federated_aggregations_one_update_a_node"),
        ),
        sa.CheckConstraint(
            "cardinality(update_ids) > 0 AND array_position(update_ids, NULL) IS NULL",
            name=op.f("ck_federated_aggregations_has_updates"),
        ),
        sa.CheckConstraint(
            "round_number >= 0", name=op.f("ck_federated_aggregations_round_number_valid")
        ),
        sa.CheckConstraint(
            "round_number >= 1", name=op.f("ck_federated_aggregations_round_from_one")
        ),
        sa.CheckConstraint("total_samples > 0", name=op.f("ck_federated_aggregations_has_samples")),
        sa.CheckConstraint(
            "total_samples >= 0", name=op.f("ck_federated_aggregations_total_samples_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_federated_aggregations_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_federated_aggregations")),
        schema="federated",
        comment="The combined model of a round, and which nodes' updates went into it.",
    )
    op.create_index(
        "ix_federated_aggregations_created_at",
        "federated_aggregations",
        ["tenant_id", "created_at"],
        unique=False,
        schema="federated",
    )
    op.create_index(
        "ix_federated_aggregations_method",
        "federated_aggregations",
        ["tenant_id", "aggregation_method"],
        unique=False,
        schema="federated",
    )
    op.create_index(
        "ix_federated_aggregations_round_number",
        "federated_aggregations",
        ["tenant_id", "round_number"],
        unique=False,
        schema="federated",
    )
    op.create_table(
        "federated_nodes",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "node_id",
            sa.Text(),
            nullable=False,
            comment="Name the nodes know each other by, unique in the tenant.",
        ),
        sa.Column("node_name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column("node_type", sa.Text(), nullable=False, comment="What it does."),
        sa.Column("endpoint_url", sa.Text(), nullable=False, comment="Address it is reached at."),
        sa.Column(
            "public_key",
            sa.Text(),
            nullable=True,
            comment="Key its signatures are checked with; not a secret.",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether it may take part.",
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was last heard of.",
        ),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Whatever else the node tells.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was registered.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the row was last changed.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_federated_nodes_metadata_valid")
        ),
        sa.CheckConstraint(
            "node_id <> '' AND length(node_id) <= 255",
            name=op.f("ck_federated_nodes_node_id_valid"),
        ),
        sa.CheckConstraint(
            "node_name <> '' AND length(node_name) <= 255",
            name=op.f("ck_federated_nodes_node_name_valid"),
        ),
        sa.CheckConstraint(
            "node_type IN ('client', 'server', 'coordinator')",
            name=op.f("ck_federated_nodes_node_type_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_federated_nodes_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_federated_nodes")),
        sa.UniqueConstraint(
            "tenant_id", "node_id", name=op.f("uq_federated_nodes_tenant_id_node_id")
        ),
        schema="federated",
        comment="A participant of federated learning.",
    )
    op.create_index(
        "ix_federated_nodes_is_active",
        "federated_nodes",
        ["tenant_id", "is_active"],
        unique=False,
        schema="federated",
    )
    op.create_index(
        "ix_federated_nodes_last_seen_at",
        "federated_nodes",
        ["tenant_id", "last_seen_at"],
        unique=False,
        schema="federated",
    )
    op.create_index(
        "ix_federated_nodes_node_type",
        "federated_nodes",
        ["tenant_id", "node_type"],
        unique=False,
        schema="federated",
    )
    op.create_table(
        "federated_metrics",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "round_number",
            sa.BigInteger(),
            nullable=True,
            comment="Round it was measured in, from 1; NULL when outside of rounds.",
        ),
        sa.Column(
            "node_id",
            sa.Text(),
            nullable=True,
            comment="Node it was measured on; NULL for the whole round, or when the node is gone.",
        ),
        sa.Column("metric_name", sa.Text(), nullable=False, comment="What was measured."),
        sa.Column(
            "metric_value", sa.Double(), nullable=False, comment="The number, in `metric_unit`."
        ),
        sa.Column("metric_unit", sa.Text(), nullable=True, comment="Unit; NULL when it has none."),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Whatever else the writer notes.",
        ),
        sa.Column(
            "recorded_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was measured.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_federated_metrics_metadata_valid")
        ),
        sa.CheckConstraint(
            "metric_name IN ('accuracy', 'loss', 'privacy_budget', 'communication_cost')",
            name=op.f("ck_federated_metrics_metric_name_valid"),
        ),
        sa.CheckConstraint(
            "metric_unit IN ('percentage', 'count', 'bytes', 'seconds')",
            name=op.f("ck_federated_metrics_metric_unit_valid"),
        ),
        sa.CheckConstraint(
            "node_id <> '' AND length(node_id) <= 255",
            name=op.f("ck_federated_metrics_node_id_valid"),
        ),
        sa.CheckConstraint(
            "round_number >= 0", name=op.f("ck_federated_metrics_round_number_valid")
        ),
        sa.CheckConstraint("round_number >= 1", name=op.f("ck_federated_metrics_round_from_one")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "node_id"],
            ["federated.federated_nodes.tenant_id", "federated.federated_nodes.node_id"],
            name="fk_federated_metrics_node_id",
            ondelete="SET NULL (node_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_federated_metrics_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_federated_metrics")),
        schema="federated",
        comment="One measured number of a round, of one node, or of a node in a round.",
    )
    op.create_index(
        "ix_federated_metrics_metric_name",
        "federated_metrics",
        ["tenant_id", "metric_name"],
        unique=False,
        schema="federated",
    )
    op.create_index(
        "ix_federated_metrics_node_id",
        "federated_metrics",
        ["tenant_id", "node_id"],
        unique=False,
        schema="federated",
    )
    op.create_index(
        "ix_federated_metrics_recorded_at",
        "federated_metrics",
        ["tenant_id", "recorded_at"],
        unique=False,
        schema="federated",
    )
    op.create_index(
        "ix_federated_metrics_round_number",
        "federated_metrics",
        ["tenant_id", "round_number"],
        unique=False,
        schema="federated",
    )
    op.create_table(
        "federated_updates",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column(
            "id",
            sa.UUID(),
            server_default=sa.text("uuidv7()"),
            nullable=False,
            comment="Version 7 uuid: sorts by the time the row was made.",
        ),
        sa.Column(
            "node_id", sa.Text(), nullable=False, comment="Node that sent it, by its node_id."
        ),
        sa.Column(
            "round_number", sa.BigInteger(), nullable=False, comment="Round it belongs to, from 1."
        ),
        sa.Column(
            "model_version",
            sa.Text(),
            nullable=False,
            comment="Version text of the model that the node started from.",
        ),
        sa.Column(
            "update_data",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="The change, as the node encoded and encrypted it.",
        ),
        sa.Column(
            "update_hash",
            sa.Text(),
            nullable=False,
            comment="SHA-256 of the change, as the node gave it.",
        ),
        sa.Column(
            "sample_count",
            sa.BigInteger(),
            nullable=False,
            comment="Rows the node learned from: its weight in the mean.",
        ),
        sa.Column(
            "training_time_seconds",
            sa.Double(),
            nullable=True,
            comment="Time the node's fit took, in s.",
        ),
        sa.Column(
            "privacy_budget_used",
            sa.Double(),
            nullable=True,
            comment="Epsilon of differential privacy that the update cost.",
        ),
        sa.Column(
            "status",
            sa.Text(),
            server_default=sa.text("'pending'"),
            nullable=False,
            comment="Where it stands.",
        ),
        sa.Column(
            "received_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it came in.",
        ),
        sa.Column(
            "aggregated_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it became part of a round's model.",
        ),
        sa.CheckConstraint(
            "(status = 'aggregated') = (aggregated_at IS NOT NULL)",
            name=op.f("ck_federated_updates_aggregated_when"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(update_data) = 'object'",
            name=op.f("ck_federated_updates_update_data_valid"),
        ),
        sa.CheckConstraint(
            "model_version <> '' AND length(model_version) <= 255",
            name=op.f("ck_federated_updates_model_version_valid"),
        ),
        sa.CheckConstraint(
            "node_id <> '' AND length(node_id) <= 255",
            name=op.f("ck_federated_updates_node_id_valid"),
        ),
        sa.CheckConstraint(
            "privacy_budget_used >= 0 AND privacy_budget_used < 'infinity'",
            name=op.f("ck_federated_updates_privacy_budget_used_valid"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'received', 'aggregated', 'failed')",
            name=op.f("ck_federated_updates_status_valid"),
        ),
        sa.CheckConstraint(
            "training_time_seconds >= 0 AND training_time_seconds < 'infinity'",
            name=op.f("ck_federated_updates_training_time_seconds_valid"),
        ),
        sa.CheckConstraint(
            "update_hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_federated_updates_update_hash_valid")
        ),
        sa.CheckConstraint("aggregated_at >= received_at", name=op.f("ck_federated_updates_span")),
        sa.CheckConstraint(
            "round_number >= 0", name=op.f("ck_federated_updates_round_number_valid")
        ),
        sa.CheckConstraint("round_number >= 1", name=op.f("ck_federated_updates_round_from_one")),
        sa.CheckConstraint("sample_count > 0", name=op.f("ck_federated_updates_has_samples")),
        sa.CheckConstraint(
            "sample_count >= 0", name=op.f("ck_federated_updates_sample_count_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "node_id"],
            ["federated.federated_nodes.tenant_id", "federated.federated_nodes.node_id"],
            name="fk_federated_updates_node_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_federated_updates_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_federated_updates")),
        schema="federated",
        comment="What one node changed in the model in one round, with its hash, weight and privacy cost.",
    )
    op.create_index(
        "ix_federated_updates_node_id",
        "federated_updates",
        ["tenant_id", "node_id"],
        unique=False,
        schema="federated",
    )
    op.create_index(
        "ix_federated_updates_received_at",
        "federated_updates",
        ["tenant_id", "received_at"],
        unique=False,
        schema="federated",
    )
    op.create_index(
        "ix_federated_updates_round_number",
        "federated_updates",
        ["tenant_id", "round_number"],
        unique=False,
        schema="federated",
    )
    op.create_index(
        "ix_federated_updates_status",
        "federated_updates",
        ["tenant_id", "status"],
        unique=False,
        schema="federated",
    )
    op.create_index(
        "uq_federated_updates_once",
        "federated_updates",
        ["tenant_id", "node_id", "round_number", "model_version"],
        unique=True,
        schema="federated",
        postgresql_where=sa.text("status <> 'failed'"),
    )
    op.table_policy(
        "federated.federated_nodes", add=["app:delete,insert,select,update", "rls:tenant", "touch"]
    )
    op.table_policy(
        "federated.federated_updates",
        add=["app:delete,insert,select,update", "keep:90", "rls:tenant"],
    )
    op.table_policy("federated.federated_aggregations", add=["app:insert,select", "rls:tenant"])
    op.table_policy(
        "federated.federated_metrics", add=["app:insert,select", "keep:730", "rls:tenant"]
    )


def downgrade() -> None:
    op.table_policy(
        "federated.federated_metrics", remove=["app:insert,select", "keep:730", "rls:tenant"]
    )
    op.table_policy("federated.federated_aggregations", remove=["app:insert,select", "rls:tenant"])
    op.table_policy(
        "federated.federated_updates",
        remove=["app:delete,insert,select,update", "keep:90", "rls:tenant"],
    )
    op.table_policy(
        "federated.federated_nodes",
        remove=["app:delete,insert,select,update", "rls:tenant", "touch"],
    )
    op.drop_index(
        "uq_federated_updates_once",
        table_name="federated_updates",
        schema="federated",
        postgresql_where=sa.text("status <> 'failed'"),
    )
    op.drop_index("ix_federated_updates_status", table_name="federated_updates", schema="federated")
    op.drop_index(
        "ix_federated_updates_round_number", table_name="federated_updates", schema="federated"
    )
    op.drop_index(
        "ix_federated_updates_received_at", table_name="federated_updates", schema="federated"
    )
    op.drop_index(
        "ix_federated_updates_node_id", table_name="federated_updates", schema="federated"
    )
    op.drop_table("federated_updates", schema="federated")
    op.drop_index(
        "ix_federated_metrics_round_number", table_name="federated_metrics", schema="federated"
    )
    op.drop_index(
        "ix_federated_metrics_recorded_at", table_name="federated_metrics", schema="federated"
    )
    op.drop_index(
        "ix_federated_metrics_node_id", table_name="federated_metrics", schema="federated"
    )
    op.drop_index(
        "ix_federated_metrics_metric_name", table_name="federated_metrics", schema="federated"
    )
    op.drop_table("federated_metrics", schema="federated")
    op.drop_index("ix_federated_nodes_node_type", table_name="federated_nodes", schema="federated")
    op.drop_index(
        "ix_federated_nodes_last_seen_at", table_name="federated_nodes", schema="federated"
    )
    op.drop_index("ix_federated_nodes_is_active", table_name="federated_nodes", schema="federated")
    op.drop_table("federated_nodes", schema="federated")
    op.drop_index(
        "ix_federated_aggregations_round_number",
        table_name="federated_aggregations",
        schema="federated",
    )
    op.drop_index(
        "ix_federated_aggregations_method", table_name="federated_aggregations", schema="federated"
    )
    op.drop_index(
        "ix_federated_aggregations_created_at",
        table_name="federated_aggregations",
        schema="federated",
    )
    op.drop_table("federated_aggregations", schema="federated")
    op.execute("DROP SCHEMA federated CASCADE")
