"""drift first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA drift")
    op.execute("GRANT USAGE ON SCHEMA drift TO everlearn_app, everlearn_reader, everlearn_service")
    op.create_table(
        "drift_detectors",
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
        sa.Column("ml_model_id", sa.UUID(), nullable=False, comment="The model."),
        sa.Column("detector", sa.Text(), nullable=False, comment="Which one."),
        sa.Column(
            "observation_count",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="Losses or rows it was fed.",
        ),
        sa.Column(
            "alarm_count",
            sa.BigInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="How often it signalled.",
        ),
        sa.Column(
            "estimation",
            sa.Double(),
            nullable=True,
            comment="Mean of what it believes to be current.",
        ),
        sa.Column(
            "watermark",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="It has seen what was known up to here.",
        ),
        sa.Column(
            "state",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Its settings and sums.",
        ),
        sa.Column(
            "window_values",
            postgresql.ARRAY(sa.Double()),
            nullable=True,
            comment="Losses since the last change, oldest first.",
        ),
        sa.CheckConstraint(
            "detector IN ('psi', 'adwin', 'silent')", name=op.f("ck_drift_detectors_detector_valid")
        ),
        sa.CheckConstraint(
            "jsonb_typeof(state) = 'object'", name=op.f("ck_drift_detectors_state_valid")
        ),
        sa.CheckConstraint("alarm_count >= 0", name=op.f("ck_drift_detectors_alarm_count_valid")),
        sa.CheckConstraint(
            "observation_count >= 0", name=op.f("ck_drift_detectors_observation_count_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ml_model_id"],
            ["registry.ml_models.tenant_id", "registry.ml_models.id"],
            name="fk_drift_detectors_ml_model_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_drift_detectors_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_drift_detectors")),
        sa.UniqueConstraint(
            "tenant_id",
            "ml_model_id",
            "detector",
            name=op.f("uq_drift_detectors_tenant_id_ml_model_id_detector"),
        ),
        schema="drift",
        comment="What one detector of a model has seen so far, and its state.",
    )
    op.create_table(
        "drift_watches",
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
        sa.Column("ml_model_id", sa.UUID(), nullable=False, comment="The model."),
        sa.Column(
            "psi_enabled",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether distributions are compared.",
        ),
        sa.Column(
            "adwin_enabled",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether losses are watched.",
        ),
        sa.Column(
            "alpha",
            sa.Double(),
            server_default=sa.text("0.01"),
            nullable=False,
            comment="Chance of a false alert or more in a scan.",
        ),
        sa.Column(
            "thresholds",
            postgresql.ARRAY(sa.Double()),
            server_default=sa.text("'{0.1,0.2,0.35}'"),
            nullable=False,
            comment="Index net of noise at which info, warning and critical begin, nats.",
        ),
        sa.Column(
            "min_rows",
            sa.BigInteger(),
            server_default=sa.text("200"),
            nullable=False,
            comment="Windows with fewer rows are passed over.",
        ),
        sa.Column(
            "adwin_delta",
            sa.Double(),
            server_default=sa.text("0.002"),
            nullable=False,
            comment="ADWIN's bound for a false signal.",
        ),
        sa.Column(
            "loss_cap",
            sa.Double(),
            nullable=True,
            comment="Losses are clipped here for ADWIN; NULL: at 1.",
        ),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, comment="When it was made."
        ),
        sa.CheckConstraint(
            "adwin_delta BETWEEN 0 AND 1", name=op.f("ck_drift_watches_adwin_delta_valid")
        ),
        sa.CheckConstraint("alpha BETWEEN 0 AND 1", name=op.f("ck_drift_watches_alpha_valid")),
        sa.CheckConstraint("min_rows >= 0", name=op.f("ck_drift_watches_min_rows_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ml_model_id"],
            ["registry.ml_models.tenant_id", "registry.ml_models.id"],
            name="fk_drift_watches_ml_model_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_drift_watches_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_drift_watches")),
        sa.UniqueConstraint(
            "tenant_id", "ml_model_id", name=op.f("uq_drift_watches_tenant_id_ml_model_id")
        ),
        schema="drift",
        comment="How one model is watched.",
    )
    op.create_table(
        "drift_alerts",
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
        sa.Column("ml_model_id", sa.UUID(), nullable=False, comment="The model."),
        sa.Column(
            "model_version_id",
            sa.UUID(),
            nullable=False,
            comment="Version that was live when last seen.",
        ),
        sa.Column("detector", sa.Text(), nullable=False, comment="What noticed it."),
        sa.Column(
            "feature",
            sa.Text(),
            nullable=False,
            comment="What moved: a feature's name, score or loss.",
        ),
        sa.Column("level", sa.Text(), nullable=False, comment="Highest level it had."),
        sa.Column("score", sa.Double(), nullable=False, comment="How far it moved when last seen."),
        sa.Column("message", sa.Text(), nullable=False, comment="One sentence for a person."),
        sa.Column(
            "metric_id",
            sa.UUID(),
            nullable=False,
            comment="Measurement that last raised it, in ml_drift_metrics.",
        ),
        sa.Column(
            "first_seen_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="End of the first window that showed it.",
        ),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="End of the last window that showed it.",
        ),
        sa.Column(
            "seen_count",
            sa.BigInteger(),
            server_default=sa.text("1"),
            nullable=False,
            comment="Alarms it stands for.",
        ),
        sa.Column(
            "acknowledged_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When a person took note.",
        ),
        sa.Column("acknowledged_by", sa.Text(), nullable=True, comment="Who took note."),
        sa.Column(
            "resolved_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When it was settled; NULL while open.",
        ),
        sa.Column("resolved_reason", sa.Text(), nullable=True, comment="What settled it."),
        sa.CheckConstraint(
            "detector IN ('psi', 'adwin', 'silent')", name=op.f("ck_drift_alerts_detector_valid")
        ),
        sa.CheckConstraint(
            "feature <> '' AND length(feature) <= 255", name=op.f("ck_drift_alerts_feature_valid")
        ),
        sa.CheckConstraint(
            "level IN ('info', 'warning', 'critical')", name=op.f("ck_drift_alerts_level_valid")
        ),
        sa.CheckConstraint("seen_count >= 0", name=op.f("ck_drift_alerts_seen_count_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ml_model_id"],
            ["registry.ml_models.tenant_id", "registry.ml_models.id"],
            name="fk_drift_alerts_ml_model_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "model_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_drift_alerts_model_version_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_drift_alerts_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_drift_alerts")),
        schema="drift",
        comment="Something that moved; one row stands for it until somebody or a new version settles it.",
    )
    op.create_index(
        "ix_drift_alerts_model_version_id",
        "drift_alerts",
        ["tenant_id", "model_version_id"],
        unique=False,
        schema="drift",
    )
    op.create_index(
        "ix_drift_alerts_seen",
        "drift_alerts",
        ["tenant_id", "ml_model_id", "first_seen_at"],
        unique=False,
        schema="drift",
    )
    op.create_index(
        "uq_drift_alerts_open",
        "drift_alerts",
        ["tenant_id", "ml_model_id", "detector", "feature"],
        unique=True,
        schema="drift",
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.create_table(
        "drift_references",
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
        sa.Column("model_version_id", sa.UUID(), nullable=False, comment="The version."),
        sa.Column("feature", sa.Text(), nullable=False, comment="Name of the feature, or score."),
        sa.Column(
            "position",
            sa.BigInteger(),
            nullable=False,
            comment="Column in the version's matrix; score comes last.",
        ),
        sa.Column("kind", sa.Text(), nullable=False, comment="How its values are to be read."),
        sa.Column(
            "reference",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=False,
            comment="Bins, counts, moments and quantiles of the sample.",
        ),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, comment="When it was set."
        ),
        sa.CheckConstraint(
            "feature <> '' AND length(feature) <= 255",
            name=op.f("ck_drift_references_feature_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(reference) = 'object'", name=op.f("ck_drift_references_reference_valid")
        ),
        sa.CheckConstraint(
            "kind IN ('numeric', 'categorical')", name=op.f("ck_drift_references_kind_valid")
        ),
        sa.CheckConstraint("position >= 0", name=op.f("ck_drift_references_position_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "model_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_drift_references_model_version_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_drift_references_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_drift_references")),
        sa.UniqueConstraint(
            "tenant_id",
            "model_version_id",
            "feature",
            name=op.f("uq_drift_references_tenant_id_model_version_id_feature"),
        ),
        schema="drift",
        comment="How one feature, or the score, was distributed when a version was fitted.",
    )
    op.create_table(
        "ml_drift_metrics",
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
            "metric_id",
            sa.Text(),
            nullable=False,
            comment="model:version:detector:resource:end; names it for ever.",
        ),
        sa.Column(
            "resource_id",
            sa.Text(),
            nullable=False,
            comment="What was compared: a feature's name, score or loss.",
        ),
        sa.Column("model_id", sa.Text(), nullable=False, comment="Name of the model."),
        sa.Column("ml_model_id", sa.UUID(), nullable=False, comment="The model."),
        sa.Column("model_version_id", sa.UUID(), nullable=False, comment="Version that was live."),
        sa.Column("drift_type", sa.Text(), nullable=False, comment="What moved."),
        sa.Column(
            "drift_score",
            sa.Double(),
            nullable=False,
            comment="psi_score, or the rise of the mean loss.",
        ),
        sa.Column(
            "drift_velocity",
            sa.Double(),
            nullable=True,
            comment="Change of drift_score per day since the measurement before.",
        ),
        sa.Column(
            "reconstruction_error",
            sa.Double(),
            nullable=True,
            comment="Of an autoencoder, where there is one.",
        ),
        sa.Column(
            "psi_score", sa.Double(), nullable=True, comment="Population stability index, nats."
        ),
        sa.Column(
            "ks_statistic",
            sa.Double(),
            nullable=True,
            comment="Kolmogorov-Smirnov statistic, 0 to 1.",
        ),
        sa.Column(
            "wasserstein_distance",
            sa.Double(),
            nullable=True,
            comment="Mean distance moved, in standard deviations of the reference.",
        ),
        sa.Column(
            "alert_triggered",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether it reached a level.",
        ),
        sa.Column("alert_level", sa.Text(), nullable=True, comment="Which level; NULL for none."),
        sa.Column(
            "time_to_violation_hours",
            sa.Double(),
            nullable=True,
            comment="Hours until drift_score is critical at this velocity; NULL beyond 72 or when it falls.",
        ),
        sa.Column(
            "measured_at", sa.DateTime(timezone=True), nullable=False, comment="End of the window."
        ),
        sa.Column(
            "baseline_comparison",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Sizes, means, missing shares, counts by bin and p-value of both sides.",
        ),
        sa.Column(
            "feature_contributions",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="For score: the features that moved most and their drift_score.",
        ),
        sa.CheckConstraint(
            "alert_level IN ('info', 'warning', 'critical')",
            name=op.f("ck_ml_drift_metrics_alert_level_valid"),
        ),
        sa.CheckConstraint(
            "drift_type IN ('data', 'prediction', 'concept')",
            name=op.f("ck_ml_drift_metrics_drift_type_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(baseline_comparison) = 'object'",
            name=op.f("ck_ml_drift_metrics_baseline_comparison_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(feature_contributions) = 'object'",
            name=op.f("ck_ml_drift_metrics_feature_contributions_valid"),
        ),
        sa.CheckConstraint(
            "model_id <> '' AND length(model_id) <= 255",
            name=op.f("ck_ml_drift_metrics_model_id_valid"),
        ),
        sa.CheckConstraint(
            "resource_id <> '' AND length(resource_id) <= 255",
            name=op.f("ck_ml_drift_metrics_resource_id_valid"),
        ),
        sa.CheckConstraint(
            "time_to_violation_hours >= 0 AND time_to_violation_hours < 'infinity'",
            name=op.f("ck_ml_drift_metrics_time_to_violation_hours_valid"),
        ),
        sa.CheckConstraint(
            "ks_statistic BETWEEN 0 AND 1", name=op.f("ck_ml_drift_metrics_ks_statistic_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "model_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_ml_drift_metrics_model_version_id",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ml_drift_metrics")),
        schema="drift",
        comment="One measurement: a window of live traffic, or a change of the loss, against what was before.\n\nThe id is made from the window's end and the metric_id: a window measured twice is stored once.",
        postgresql_partition_by="RANGE (id)",
    )
    op.create_index(
        "ix_ml_drift_metrics_model",
        "ml_drift_metrics",
        ["tenant_id", "ml_model_id", "measured_at"],
        unique=False,
        schema="drift",
    )
    op.create_index(
        "ix_ml_drift_metrics_model_version_id",
        "ml_drift_metrics",
        ["tenant_id", "model_version_id"],
        unique=False,
        schema="drift",
    )
    op.create_index(
        "ix_ml_drift_metrics_recent_alerts",
        "ml_drift_metrics",
        ["tenant_id", sa.literal_column("measured_at DESC")],
        unique=False,
        schema="drift",
        postgresql_where=sa.text("alert_triggered"),
    )
    op.create_index(
        "ix_ml_drift_metrics_resource",
        "ml_drift_metrics",
        ["tenant_id", "resource_id"],
        unique=False,
        schema="drift",
    )
    op.table_policy(
        "drift.ml_drift_metrics",
        add=["app:insert,select", "keep:730", "partition:id:month", "rows:tenant"],
    )
    op.table_policy(
        "drift.drift_references", add=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.table_policy(
        "drift.drift_watches", add=["app:delete,insert,select,update", "audit", "rows:tenant"]
    )
    op.table_policy("drift.drift_detectors", add=["app:delete,insert,select,update", "rows:tenant"])
    op.table_policy(
        "drift.drift_alerts", add=["app:delete,insert,select,update", "keep:730", "rows:tenant"]
    )


def downgrade() -> None:
    op.table_policy(
        "drift.drift_alerts", remove=["app:delete,insert,select,update", "keep:730", "rows:tenant"]
    )
    op.table_policy(
        "drift.drift_detectors", remove=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.table_policy(
        "drift.drift_watches", remove=["app:delete,insert,select,update", "audit", "rows:tenant"]
    )
    op.table_policy(
        "drift.drift_references", remove=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.table_policy(
        "drift.ml_drift_metrics",
        remove=["app:insert,select", "keep:730", "partition:id:month", "rows:tenant"],
    )
    op.drop_index("ix_ml_drift_metrics_resource", table_name="ml_drift_metrics", schema="drift")
    op.drop_index(
        "ix_ml_drift_metrics_recent_alerts",
        table_name="ml_drift_metrics",
        schema="drift",
        postgresql_where=sa.text("alert_triggered"),
    )
    op.drop_index(
        "ix_ml_drift_metrics_model_version_id", table_name="ml_drift_metrics", schema="drift"
    )
    op.drop_index("ix_ml_drift_metrics_model", table_name="ml_drift_metrics", schema="drift")
    op.drop_table("ml_drift_metrics", schema="drift")
    op.drop_table("drift_references", schema="drift")
    op.drop_index(
        "uq_drift_alerts_open",
        table_name="drift_alerts",
        schema="drift",
        postgresql_where=sa.text("resolved_at IS NULL"),
    )
    op.drop_index("ix_drift_alerts_seen", table_name="drift_alerts", schema="drift")
    op.drop_index("ix_drift_alerts_model_version_id", table_name="drift_alerts", schema="drift")
    op.drop_table("drift_alerts", schema="drift")
    op.drop_table("drift_watches", schema="drift")
    op.drop_table("drift_detectors", schema="drift")
    op.execute("DROP SCHEMA drift CASCADE")
