"""loop first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA loop")
    op.execute("GRANT USAGE ON SCHEMA loop TO everlearn_app, everlearn_reader, everlearn_service")
    op.create_table(
        "replay_cursors",
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
        sa.Column("name", sa.Text(), nullable=False, comment="Which replay."),
        sa.Column(
            "position",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Replayed up to and including this moment.",
        ),
        sa.Column(
            "ends_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Last moment there is to replay.",
        ),
        sa.Column(
            "stats",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Rows and seconds so far.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(stats) = 'object'", name=op.f("ck_replay_cursors_stats_valid")
        ),
        sa.CheckConstraint(
            "name <> '' AND length(name) <= 255", name=op.f("ck_replay_cursors_name_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_replay_cursors_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_replay_cursors")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_replay_cursors_tenant_id_name")),
        schema="loop",
        comment="How far a replay of past facts is: moved in the transaction of the facts it replayed.",
    )
    op.create_table(
        "loop_policies",
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
        sa.Column("model_id", sa.UUID(), nullable=False, comment="Model it governs."),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether the loop turns for this model.",
        ),
        sa.Column(
            "alpha",
            sa.Double(),
            server_default=sa.text("0.05"),
            nullable=False,
            comment="Chance of promoting one that is not better.",
        ),
        sa.Column(
            "retrain_every_days",
            sa.Integer(),
            nullable=True,
            comment="Days after which a training starts.",
        ),
        sa.Column(
            "retrain_on_drift",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether a drift alert starts one.",
        ),
        sa.Column(
            "min_days_between",
            sa.Integer(),
            server_default=sa.text("7"),
            nullable=False,
            comment="Days between two trainings at least.",
        ),
        sa.Column(
            "max_trainings",
            sa.BigInteger(),
            nullable=True,
            comment="Trainings in all; NULL for no end.",
        ),
        sa.Column(
            "shadow_days",
            sa.Integer(),
            server_default=sa.text("30"),
            nullable=False,
            comment="Days a challenger has to show itself.",
        ),
        sa.Column(
            "promise_days",
            sa.Integer(),
            server_default=sa.text("30"),
            nullable=False,
            comment="Days a version is held to its promise.",
        ),
        sa.Column(
            "recalibrate_hours",
            sa.BigInteger(),
            server_default=sa.text("24"),
            nullable=False,
            comment="Hours between two calibrations.",
        ),
        sa.Column(
            "calibration_rows",
            sa.BigInteger(),
            server_default=sa.text("20000"),
            nullable=False,
            comment="Latest outcomes used for one.",
        ),
        sa.Column(
            "scan_hours",
            sa.BigInteger(),
            server_default=sa.text("24"),
            nullable=False,
            comment="Hours between two drift scans.",
        ),
        sa.Column(
            "rollback_margin",
            sa.Double(),
            server_default=sa.text("0.05"),
            nullable=False,
            comment="Loss above the promise borne, nats.",
        ),
        sa.Column(
            "keep_baseline",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="First version goes on in shadow.",
        ),
        sa.Column("baseline_version_id", sa.UUID(), nullable=True, comment="That first version."),
        sa.Column(
            "recalibrated_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the bounds were last made anew.",
        ),
        sa.Column(
            "scanned_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="Until when live features were compared.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When the policy was made.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.CheckConstraint("alpha BETWEEN 0 AND 1", name=op.f("ck_loop_policies_alpha_valid")),
        sa.CheckConstraint(
            "calibration_rows >= 0", name=op.f("ck_loop_policies_calibration_rows_valid")
        ),
        sa.CheckConstraint("max_trainings >= 0", name=op.f("ck_loop_policies_max_trainings_valid")),
        sa.CheckConstraint(
            "min_days_between >= 0", name=op.f("ck_loop_policies_min_days_between_valid")
        ),
        sa.CheckConstraint("promise_days >= 0", name=op.f("ck_loop_policies_promise_days_valid")),
        sa.CheckConstraint(
            "recalibrate_hours >= 0", name=op.f("ck_loop_policies_recalibrate_hours_valid")
        ),
        sa.CheckConstraint(
            "retrain_every_days >= 0", name=op.f("ck_loop_policies_retrain_every_days_valid")
        ),
        sa.CheckConstraint("scan_hours >= 0", name=op.f("ck_loop_policies_scan_hours_valid")),
        sa.CheckConstraint("shadow_days >= 0", name=op.f("ck_loop_policies_shadow_days_valid")),
        sa.ForeignKeyConstraint(
            ["tenant_id", "baseline_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_loop_policies_baseline_version_id",
            ondelete="SET NULL (baseline_version_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "model_id"],
            ["registry.ml_models.tenant_id", "registry.ml_models.id"],
            name="fk_loop_policies_model_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_loop_policies_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_loop_policies")),
        sa.UniqueConstraint(
            "tenant_id", "model_id", name=op.f("uq_loop_policies_tenant_id_model_id")
        ),
        schema="loop",
        comment="When one model is retrained, how its challengers are tested, when it is rolled back.",
    )
    op.create_index(
        "ix_loop_policies_baseline_version_id",
        "loop_policies",
        ["tenant_id", "baseline_version_id"],
        unique=False,
        schema="loop",
    )
    op.table_policy(
        "loop.loop_policies",
        add=["app:delete,insert,select,update", "audit", "rows:tenant", "touch"],
    )
    op.table_policy("loop.replay_cursors", add=["app:delete,insert,select,update", "rows:tenant"])


def downgrade() -> None:
    op.table_policy(
        "loop.replay_cursors", remove=["app:delete,insert,select,update", "rows:tenant"]
    )
    op.table_policy(
        "loop.loop_policies",
        remove=["app:delete,insert,select,update", "audit", "rows:tenant", "touch"],
    )
    op.drop_index("ix_loop_policies_baseline_version_id", table_name="loop_policies", schema="loop")
    op.drop_table("loop_policies", schema="loop")
    op.drop_table("replay_cursors", schema="loop")
    op.execute("DROP SCHEMA loop CASCADE")
