"""feedback first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE SCHEMA feedback")
    op.execute(
        "GRANT USAGE ON SCHEMA feedback TO everlearn_app, everlearn_reader, everlearn_service"
    )
    op.create_table(
        "ml_feedback",
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
            "feedback_id", sa.Text(), nullable=True, comment="Id the sender gave it, if any."
        ),
        sa.Column("prediction_id", sa.UUID(), nullable=False, comment="Prediction that is judged."),
        sa.Column("service_name", sa.Text(), nullable=False, comment="Client service it concerns."),
        sa.Column(
            "feedback_type", sa.Text(), nullable=False, comment="The verdict, or who gives it."
        ),
        sa.Column(
            "verdict",
            sa.Text(),
            sa.Computed(
                "CASE WHEN feedback_type NOT IN ('user', 'system', 'automated') THEN feedback_type END",
                persisted=True,
            ),
            nullable=True,
            comment="The verdict alone: correct, incorrect, false_positive or false_negative.",
        ),
        sa.Column(
            "feedback_source",
            sa.Text(),
            sa.Computed(
                "CASE WHEN feedback_type IN ('user', 'system', 'automated') THEN feedback_type ELSE 'user' END",
                persisted=True,
            ),
            nullable=False,
            comment="Who gives it: user, system or automated.",
        ),
        sa.Column(
            "feedback_score", sa.Double(), nullable=True, comment="How good the answer was, 0 to 1."
        ),
        sa.Column(
            "accuracy_rating", sa.Double(), nullable=True, comment="The same in stars, 0 to 5."
        ),
        sa.Column(
            "correct_label",
            sa.Boolean(),
            nullable=True,
            comment="What the answer should have been.",
        ),
        sa.Column("comments", sa.Text(), nullable=True, comment="In the giver's words."),
        sa.Column(
            "feedback_text",
            sa.Text(),
            sa.Computed("comments", persisted=True),
            nullable=True,
            comment="The comments under their other name.",
        ),
        sa.Column(
            "user_id",
            sa.Text(),
            nullable=False,
            comment="Who gives it: a user, a key or a service.",
        ),
        sa.Column("user_role", sa.Text(), nullable=True, comment="In which role."),
        sa.Column(
            "metadata",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Anything else the sender adds.",
        ),
        sa.Column(
            "processed",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether the learner has looked at it.",
        ),
        sa.Column(
            "impact_on_model", sa.Text(), nullable=True, comment="What the learner did with it."
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was given.",
        ),
        sa.Column(
            "processed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="When the learner looked at it.",
        ),
        sa.CheckConstraint(
            "feedback_id <> '' AND length(feedback_id) <= 255",
            name=op.f("ck_ml_feedback_feedback_id_valid"),
        ),
        sa.CheckConstraint(
            "feedback_type IN ('correct', 'incorrect', 'false_positive', 'false_negative', 'user', 'system', 'automated')",
            name=op.f("ck_ml_feedback_feedback_type_valid"),
        ),
        sa.CheckConstraint(
            "impact_on_model IN ('retrain_triggered', 'weight_adjusted', 'ignored')",
            name=op.f("ck_ml_feedback_impact_on_model_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(metadata) = 'object'", name=op.f("ck_ml_feedback_metadata_valid")
        ),
        sa.CheckConstraint(
            "service_name <> '' AND length(service_name) <= 255",
            name=op.f("ck_ml_feedback_service_name_valid"),
        ),
        sa.CheckConstraint(
            "user_id <> '' AND length(user_id) <= 255", name=op.f("ck_ml_feedback_user_id_valid")
        ),
        sa.CheckConstraint(
            "user_role <> '' AND length(user_role) <= 255",
            name=op.f("ck_ml_feedback_user_role_valid"),
        ),
        sa.CheckConstraint(
            "accuracy_rating BETWEEN 0 AND 5", name=op.f("ck_ml_feedback_accuracy_rating_valid")
        ),
        sa.CheckConstraint(
            "feedback_score BETWEEN 0 AND 1", name=op.f("ck_ml_feedback_feedback_score_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "prediction_id"],
            ["predictions.ml_predictions.tenant_id", "predictions.ml_predictions.id"],
            name="fk_ml_feedback_prediction_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_ml_feedback_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_ml_feedback")),
        schema="feedback",
        comment="A judgement of one prediction by a person, a rule or a check.",
    )
    op.create_index(
        "ix_ml_feedback_unprocessed",
        "ml_feedback",
        ["tenant_id", "created_at"],
        unique=False,
        schema="feedback",
        postgresql_where=sa.text("NOT processed"),
    )
    op.create_index(
        "uq_ml_feedback_once",
        "ml_feedback",
        ["tenant_id", "prediction_id", "user_id", "feedback_type"],
        unique=True,
        schema="feedback",
    )
    op.table_policy(
        "feedback.ml_feedback", add=["app:delete,insert,select,update", "keep:730", "rows:tenant"]
    )


def downgrade() -> None:
    op.table_policy(
        "feedback.ml_feedback",
        remove=["app:delete,insert,select,update", "keep:730", "rows:tenant"],
    )
    op.drop_index("uq_ml_feedback_once", table_name="ml_feedback", schema="feedback")
    op.drop_index(
        "ix_ml_feedback_unprocessed",
        table_name="ml_feedback",
        schema="feedback",
        postgresql_where=sa.text("NOT processed"),
    )
    op.drop_table("ml_feedback", schema="feedback")
    op.execute("DROP SCHEMA feedback CASCADE")
