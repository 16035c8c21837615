"""Feedback further tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "quality_feedback",
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
        sa.Column("repo", sa.Text(), nullable=False, comment="Repository, such as owner/name."),
        sa.Column(
            "ml_prediction_id",
            sa.UUID(),
            nullable=True,
            comment="The prediction, where the sender knows it; then it is copied to ml_feedback.",
        ),
        sa.Column(
            "predicted_quality",
            sa.Double(),
            nullable=False,
            comment="Quality that was predicted, 0 to 1.",
        ),
        sa.Column(
            "actual_quality",
            sa.Double(),
            nullable=True,
            comment="Quality the giver thinks is right, 0 to 1.",
        ),
        sa.Column(
            "helpful",
            sa.Boolean(),
            nullable=True,
            comment="Whether the giver found the prediction helpful.",
        ),
        sa.Column("comments", sa.Text(), nullable=True, comment="In the giver's words."),
        sa.Column(
            "user_id",
            sa.UUID(),
            server_default=sa.text("app.user_id()"),
            nullable=True,
            comment="Who gives it.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was given.",
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When it was last changed.",
        ),
        sa.CheckConstraint(
            "repo <> '' AND length(repo) <= 255", name=op.f("ck_quality_feedback_repo_valid")
        ),
        sa.CheckConstraint(
            "actual_quality BETWEEN 0 AND 1", name=op.f("ck_quality_feedback_actual_quality_valid")
        ),
        sa.CheckConstraint(
            "predicted_quality BETWEEN 0 AND 1",
            name=op.f("ck_quality_feedback_predicted_quality_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "ml_prediction_id"],
            ["predictions.ml_predictions.tenant_id", "predictions.ml_predictions.id"],
            name="fk_quality_feedback_ml_prediction_id",
            ondelete="SET NULL (ml_prediction_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_quality_feedback_user_id",
            ondelete="SET NULL (user_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_quality_feedback_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_quality_feedback")),
        schema="feedback",
        comment="What somebody thinks of a predicted quality of a repository.",
    )
    op.create_index(
        "ix_quality_feedback_created_at",
        "quality_feedback",
        ["tenant_id", sa.literal_column("created_at DESC")],
        unique=False,
        schema="feedback",
    )
    op.create_index(
        "ix_quality_feedback_ml_prediction_id",
        "quality_feedback",
        ["tenant_id", "ml_prediction_id"],
        unique=False,
        schema="feedback",
    )
    op.create_index(
        "ix_quality_feedback_repo",
        "quality_feedback",
        ["tenant_id", "repo"],
        unique=False,
        schema="feedback",
    )
    op.create_index(
        "ix_quality_feedback_user_id",
        "quality_feedback",
        ["tenant_id", "user_id"],
        unique=False,
        schema="feedback",
    )
    op.alter_column(
        "ml_feedback",
        "feedback_id",
        existing_type=sa.TEXT(),
        comment="Id the sender gave it; text of `id` when not given.",
        existing_comment="Id the sender gave it, if any.",
        existing_nullable=True,
        schema="feedback",
    )
    op.alter_column(
        "ml_feedback",
        "prediction_id",
        existing_type=sa.UUID(),
        nullable=True,
        comment="Prediction that is judged; a verdict has one.",
        existing_comment="Prediction that is judged.",
        schema="feedback",
    )
    op.alter_column(
        "ml_feedback",
        "service_name",
        existing_type=sa.TEXT(),
        comment="Client service it concerns; a verdict's is its prediction's when not given.",
        existing_comment="Client service it concerns.",
        existing_nullable=False,
        schema="feedback",
    )
    op.alter_column(
        "ml_feedback",
        "feedback_type",
        existing_type=sa.TEXT(),
        nullable=True,
        existing_comment="The verdict, or who gives it.",
        schema="feedback",
    )
    op.alter_column(
        "ml_feedback",
        "user_id",
        existing_type=sa.TEXT(),
        nullable=True,
        comment="Who gives it: a user, a key or a service; a verdict has somebody.",
        existing_comment="Who gives it: a user, a key or a service.",
        schema="feedback",
    )
    op.create_index(
        "ix_ml_feedback_created_at",
        "ml_feedback",
        ["tenant_id", sa.literal_column("created_at DESC")],
        unique=False,
        schema="feedback",
    )
    op.create_index(
        "ix_ml_feedback_service_name",
        "ml_feedback",
        ["tenant_id", "service_name"],
        unique=False,
        schema="feedback",
    )
    op.create_unique_constraint(
        "uq_ml_feedback_feedback_id", "ml_feedback", ["tenant_id", "feedback_id"], schema="feedback"
    )
    op.execute("ALTER TABLE feedback.ml_feedback ALTER COLUMN feedback_text DROP EXPRESSION")
    op.execute(
        "ALTER TABLE feedback.ml_feedback ADD CONSTRAINT ck_ml_feedback_prediction_id_valid CHECK (((prediction_id IS NOT NULL) OR (NOT COALESCE((feedback_type = ANY (ARRAY['correct'::text, 'incorrect'::text, 'false_positive'::text, 'false_negative'::text])), false))))"
    )
    op.execute("ALTER TABLE feedback.ml_feedback DROP CONSTRAINT ck_ml_feedback_user_id_valid")
    op.execute(
        "ALTER TABLE feedback.ml_feedback ADD CONSTRAINT ck_ml_feedback_user_id_valid CHECK (((user_id <> ''::text) AND (length(user_id) <= 255) AND ((user_id IS NOT NULL) OR (NOT COALESCE((feedback_type = ANY (ARRAY['correct'::text, 'incorrect'::text, 'false_positive'::text, 'false_negative'::text])), false)))))"
    )
    op.table_policy("feedback.ml_feedback", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy(
        "feedback.quality_feedback",
        add=[
            "app:delete,insert,select,update",
            "keep:730",
            "rls:tenant|see=owner:user_id|add=anyone",
            "touch",
        ],
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION feedback.complete_feedback() RETURNS trigger\n    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$\n    BEGIN\n      IF TG_OP = 'UPDATE' AND NEW.comments IS NOT DISTINCT FROM OLD.comments THEN\n        NEW.comments := NEW.feedback_text;\n      END IF;\n      NEW.comments := coalesce(NEW.comments, NEW.feedback_text);\n      NEW.feedback_text := NEW.comments;\n      NEW.feedback_id := coalesce(NEW.feedback_id, NEW.id::text);\n      IF TG_OP = 'INSERT' THEN\n        -- Within its range only, so that an error names the column that was written.\n        IF NEW.feedback_score IS NULL AND NEW.accuracy_rating BETWEEN 0 AND 5 THEN\n          NEW.feedback_score := NEW.accuracy_rating / 5;\n        ELSIF NEW.accuracy_rating IS NULL AND NEW.feedback_score BETWEEN 0 AND 1 THEN\n          NEW.accuracy_rating := NEW.feedback_score * 5;\n        END IF;\n        IF NEW.service_name IS NULL\n           AND NEW.feedback_type NOT IN ('user', 'system', 'automated') THEN\n          NEW.service_name := (SELECT p.service_name FROM predictions.ml_predictions AS p\n            WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.prediction_id);\n        END IF;\n      END IF;\n      RETURN NEW;\n    END $$\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION feedback.copy_quality_feedback() RETURNS trigger\n    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$\n    DECLARE\n      score constant double precision :=\n        coalesce(1 - abs(NEW.actual_quality - NEW.predicted_quality), NEW.helpful::integer);\n      more constant jsonb := jsonb_build_object('repo', NEW.repo,\n        'predicted_quality', NEW.predicted_quality, 'actual_quality', NEW.actual_quality,\n        'helpful', NEW.helpful, 'quality_feedback_id', NEW.id);\n    BEGIN\n      UPDATE feedback.ml_feedback AS f\n      SET feedback_score = score, accuracy_rating = score * 5, comments = NEW.comments,\n          feedback_text = NEW.comments, metadata = more\n      WHERE f.tenant_id = NEW.tenant_id AND f.id = NEW.id;\n      IF NOT FOUND THEN\n        INSERT INTO feedback.ml_feedback (tenant_id, id, prediction_id, service_name, feedback_type,\n          feedback_score, comments, user_id, metadata, created_at)\n        SELECT NEW.tenant_id, NEW.id, p.id, p.service_name, 'user', score, NEW.comments,\n               NEW.user_id::text, more, NEW.created_at\n        FROM predictions.ml_predictions AS p\n        WHERE p.tenant_id = NEW.tenant_id AND p.id = NEW.ml_prediction_id\n        ON CONFLICT DO NOTHING;\n      END IF;\n      RETURN NULL;\n    END $$\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER complete BEFORE INSERT OR UPDATE ON feedback.ml_feedback\n    FOR EACH ROW EXECUTE FUNCTION feedback.complete_feedback()\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER copy AFTER INSERT OR UPDATE ON feedback.quality_feedback\n    FOR EACH ROW WHEN (NEW.ml_prediction_id IS NOT NULL)\n    EXECUTE FUNCTION feedback.copy_quality_feedback()\n    "
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS feedback.complete_feedback CASCADE")
    op.execute("DROP FUNCTION IF EXISTS feedback.copy_quality_feedback CASCADE")
    op.execute(
        "ALTER TABLE feedback.ml_feedback DROP CONSTRAINT ck_ml_feedback_prediction_id_valid"
    )
    op.execute("ALTER TABLE feedback.ml_feedback DROP CONSTRAINT ck_ml_feedback_user_id_valid")
    op.execute(
        "ALTER TABLE feedback.ml_feedback ADD CONSTRAINT ck_ml_feedback_user_id_valid CHECK (((user_id <> ''::text) AND (length(user_id) <= 255)))"
    )
    op.table_policy(
        "feedback.quality_feedback",
        remove=[
            "app:delete,insert,select,update",
            "keep:730",
            "rls:tenant|see=owner:user_id|add=anyone",
            "touch",
        ],
    )
    op.table_policy("feedback.ml_feedback", add=["rows:tenant"], remove=["rls:tenant"])
    op.execute("ALTER TABLE feedback.ml_feedback DROP COLUMN feedback_text")
    op.execute(
        "ALTER TABLE feedback.ml_feedback ADD COLUMN feedback_text text"
        " GENERATED ALWAYS AS (comments) STORED"
    )
    op.execute(
        "COMMENT ON COLUMN feedback.ml_feedback.feedback_text IS"
        " 'The comments under their other name.'"
    )
    op.drop_constraint(
        "uq_ml_feedback_feedback_id", "ml_feedback", schema="feedback", type_="unique"
    )
    op.drop_index("ix_ml_feedback_service_name", table_name="ml_feedback", schema="feedback")
    op.drop_index("ix_ml_feedback_created_at", table_name="ml_feedback", schema="feedback")
    op.alter_column(
        "ml_feedback",
        "user_id",
        existing_type=sa.TEXT(),
        nullable=False,
        comment="Who gives it: a user, a key or a service.",
        existing_comment="Who gives it: a user, a key or a service; a verdict has somebody.",
        schema="feedback",
    )
    op.alter_column(
        "ml_feedback",
        "feedback_type",
        existing_type=sa.TEXT(),
        nullable=False,
        existing_comment="The verdict, or who gives it.",
        schema="feedback",
    )
    op.alter_column(
        "ml_feedback",
        "service_name",
        existing_type=sa.TEXT(),
        comment="Client service it concerns.",
        existing_comment="Client service it concerns; a verdict's is its prediction's when not given.",
        existing_nullable=False,
        schema="feedback",
    )
    op.alter_column(
        "ml_feedback",
        "prediction_id",
        existing_type=sa.UUID(),
        nullable=False,
        comment="Prediction that is judged.",
        existing_comment="Prediction that is judged; a verdict has one.",
        schema="feedback",
    )
    op.alter_column(
        "ml_feedback",
        "feedback_id",
        existing_type=sa.TEXT(),
        comment="Id the sender gave it, if any.",
        existing_comment="Id the sender gave it; text of `id` when not given.",
        existing_nullable=True,
        schema="feedback",
    )
    op.drop_index("ix_quality_feedback_user_id", table_name="quality_feedback", schema="feedback")
    op.drop_index("ix_quality_feedback_repo", table_name="quality_feedback", schema="feedback")
    op.drop_index(
        "ix_quality_feedback_ml_prediction_id", table_name="quality_feedback", schema="feedback"
    )
    op.drop_index(
        "ix_quality_feedback_created_at", table_name="quality_feedback", schema="feedback"
    )
    op.drop_table("quality_feedback", schema="feedback")
