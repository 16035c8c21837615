"""Registry further tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "custom_models",
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
        sa.Column("user_id", sa.UUID(), nullable=True, comment="Whose it is."),
        sa.Column("model_name", sa.Text(), nullable=False, comment="Name shown to people."),
        sa.Column(
            "model_id",
            sa.Text(),
            nullable=False,
            comment="`custom:` and a short name, unique for the user.",
        ),
        sa.Column(
            "endpoint_url",
            sa.Text(),
            nullable=False,
            comment="Address that answers, without a user or password.",
        ),
        sa.Column(
            "provider",
            sa.Text(),
            server_default=sa.text("'openai-compatible'"),
            nullable=False,
            comment="Whose interface it speaks.",
        ),
        sa.Column(
            "api_key_encrypted",
            sa.Text(),
            nullable=True,
            comment="The API key, sealed, in base64; not shown.",
        ),
        sa.Column(
            "api_key_iv", sa.Text(), nullable=True, comment="Nonce it was sealed with; not shown."
        ),
        sa.Column(
            "encryption_key_id", sa.Text(), nullable=True, comment="Name of the key that opens it."
        ),
        sa.Column(
            "headers",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Headers sent with each call; those that carry a key are refused.",
        ),
        sa.Column(
            "config",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Defaults of a call, such as temperature.",
        ),
        sa.Column(
            "is_active",
            sa.Boolean(),
            server_default=sa.text("true"),
            nullable=False,
            comment="Whether calls may go to it.",
        ),
        sa.Column(
            "is_public",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Whether all of the tenant may use it.",
        ),
        sa.Column(
            "description",
            sa.Text(),
            nullable=True,
            comment="What it is good for, in the owner's words.",
        ),
        sa.Column(
            "model_version_id",
            sa.UUID(),
            nullable=True,
            comment="Version of ours it serves, if it does.",
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
            "api_key_encrypted ~ '^[A-Za-z0-9+/]{32,}={0,2}$'",
            name=op.f("ck_custom_models_api_key_encrypted_valid"),
        ),
        sa.CheckConstraint(
            "encryption_key_id <> '' AND length(encryption_key_id) <= 255",
            name=op.f("ck_custom_models_encryption_key_id_valid"),
        ),
        sa.CheckConstraint(
            "endpoint_url ~ '^https?://[^@/?#]+([/?#]|$)' AND endpoint_url !~* '[?&#][^=]*(authorization|cookie|token|secret|password|key)[^=&]*='",
            name=op.f("ck_custom_models_endpoint_url_valid"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(config) = 'object'", name=op.f("ck_custom_models_config_valid")
        ),
        sa.CheckConstraint(
            "model_id ~ '^custom:[A-Za-z0-9][A-Za-z0-9._-]{0,127}$'",
            name=op.f("ck_custom_models_model_id_valid"),
        ),
        sa.CheckConstraint(
            "model_name <> '' AND length(model_name) <= 255",
            name=op.f("ck_custom_models_model_name_valid"),
        ),
        sa.CheckConstraint(
            "provider IN ('openai-compatible', 'anthropic-compatible', 'custom')",
            name=op.f("ck_custom_models_provider_valid"),
        ),
        sa.CheckConstraint(
            "(api_key_encrypted IS NULL) = (api_key_iv IS NULL) AND (encryption_key_id IS NULL OR api_key_encrypted IS NOT NULL)",
            name=op.f("ck_custom_models_sealed_whole"),
        ),
        sa.CheckConstraint(
            "jsonb_typeof(headers) = 'object' AND headers::text !~* '\"[^\"]*(authorization|cookie|token|secret|password|key)[^\"]*\" *:'",
            name=op.f("ck_custom_models_headers_valid"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "model_version_id"],
            ["registry.model_versions.tenant_id", "registry.model_versions.id"],
            name="fk_custom_models_model_version_id",
            ondelete="SET NULL (model_version_id)",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["tenancy.users.tenant_id", "tenancy.users.id"],
            name="fk_custom_models_user_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_custom_models_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_custom_models")),
        sa.UniqueConstraint(
            "tenant_id",
            "user_id",
            "model_id",
            name=op.f("uq_custom_models_tenant_id_user_id_model_id"),
        ),
        schema="registry",
        comment="An endpoint of a user's own that answers like a model; its key is stored sealed only.",
    )
    op.create_index(
        "ix_custom_models_is_active",
        "custom_models",
        ["tenant_id", "is_active"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_custom_models_is_public",
        "custom_models",
        ["tenant_id", "is_public"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_custom_models_model_id",
        "custom_models",
        ["tenant_id", "model_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_custom_models_model_version_id",
        "custom_models",
        ["tenant_id", "model_version_id"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_custom_models_provider",
        "custom_models",
        ["tenant_id", "provider"],
        unique=False,
        schema="registry",
    )
    op.add_column(
        "ml_models",
        sa.Column(
            "model_name",
            sa.Text(),
            nullable=True,
            comment="The same as name; either may be written, name counts.",
        ),
        schema="registry",
    )
    op.add_column(
        "ml_models",
        sa.Column(
            "performance_metrics",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="The same as metrics; either may be written, metrics counts.",
        ),
        schema="registry",
    )
    op.alter_column(
        "ml_models",
        "model_id",
        existing_type=sa.TEXT(),
        comment="Id in the world outside; text of `id` when not given.",
        existing_comment="Name by which the world outside knows it; `name` when not given.",
        existing_nullable=False,
        schema="registry",
    )
    op.alter_column(
        "ml_models",
        "name",
        existing_type=sa.TEXT(),
        comment="Name, unique among the models served here.",
        existing_comment="Name, unique within the tenant.",
        existing_nullable=False,
        schema="registry",
    )
    op.alter_column(
        "ml_models",
        "task",
        existing_type=sa.TEXT(),
        nullable=True,
        comment="What it predicts; NULL when only recorded here.",
        existing_comment="What it predicts.",
        schema="registry",
    )
    op.alter_column(
        "ml_models",
        "created_by",
        existing_type=sa.TEXT(),
        nullable=True,
        existing_comment="Who or what registered it.",
        schema="registry",
    )
    op.drop_constraint(
        op.f("uq_ml_models_tenant_id_name"), "ml_models", schema="registry", type_="unique"
    )
    op.create_index(
        "ix_ml_models_created_at",
        "ml_models",
        ["tenant_id", "created_at"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_ml_models_status", "ml_models", ["tenant_id", "status"], unique=False, schema="registry"
    )
    op.create_index(
        "ix_ml_models_version",
        "ml_models",
        ["tenant_id", "version"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "uq_ml_models_served_name",
        "ml_models",
        ["tenant_id", "name"],
        unique=True,
        schema="registry",
        postgresql_where=sa.text("task IS NOT NULL"),
    )
    op.create_unique_constraint(
        op.f("uq_ml_models_tenant_id_name_version"),
        "ml_models",
        ["tenant_id", "name", "version"],
        schema="registry",
    )
    op.create_table_comment(
        "ml_models",
        "A learned predictor, whatever version of it is active; or one that a client only records.\n\nA model with a task is fitted and served here, one row for all its versions. A model without one\nis a client's record: one row for each version that the client writes down.",
        existing_comment="A learned predictor, whatever version of it is active.",
        schema="registry",
    )
    op.alter_column(
        "model_deployments",
        "ml_model_id",
        existing_type=sa.UUID(),
        nullable=True,
        comment="The model; NULL when it is only recorded here.",
        existing_comment="The model.",
        schema="registry",
    )
    op.alter_column(
        "model_deployments",
        "number",
        existing_type=sa.BIGINT(),
        nullable=True,
        existing_comment="1 for the model's first deployment, then 2 and so on.",
        schema="registry",
    )
    op.alter_column(
        "model_deployments",
        "deployment_notes",
        existing_type=sa.TEXT(),
        nullable=True,
        existing_comment="Why it was made, in one sentence.",
        schema="registry",
    )
    op.alter_column(
        "model_deployments",
        "deployed_by",
        existing_type=sa.TEXT(),
        nullable=True,
        existing_comment="Who or what decided.",
        schema="registry",
    )
    op.create_table_comment(
        "model_deployments",
        "A span of time in which one version was active, or a deployment that a client records.",
        existing_comment="A span of time in which one version was active.",
        schema="registry",
    )
    op.add_column(
        "model_versions",
        sa.Column(
            "file_path",
            sa.Text(),
            nullable=True,
            comment="The same as model_path; either may be written, model_path counts.",
        ),
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "ml_model_id",
        existing_type=sa.UUID(),
        nullable=True,
        comment="The model; NULL when it is only recorded here.",
        existing_comment="The model.",
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "model_id",
        existing_type=sa.TEXT(),
        comment="The model's id in the world outside; model_name if not given.",
        existing_comment="The model's name in the world outside.",
        existing_nullable=False,
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "model_name",
        existing_type=sa.TEXT(),
        comment="The model's name; model_id if not given.",
        existing_comment="The model's name.",
        existing_nullable=False,
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "number",
        existing_type=sa.BIGINT(),
        nullable=True,
        existing_comment="1 for the model's first version, then 2 and so on.",
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "is_active",
        existing_type=sa.BOOLEAN(),
        comment="Whether it is the one that answers: status says active. Either may be written.",
        existing_comment="Whether it is the one that answers.",
        existing_nullable=False,
        existing_server_default=sa.Computed("(status = 'active'::text)", persisted=True),
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "artifact_id",
        existing_type=sa.UUID(),
        nullable=True,
        comment="Its bytes; NULL when it cannot answer here.",
        existing_comment="Its bytes.",
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "model_hash",
        existing_type=sa.TEXT(),
        nullable=True,
        existing_comment="SHA-256 of the artifact's plain bytes.",
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "model_size_mb",
        existing_type=sa.DOUBLE_PRECISION(precision=53),
        nullable=True,
        existing_comment="Size of the plain bytes in MB (10^6 bytes).",
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "model_type",
        existing_type=sa.TEXT(),
        nullable=True,
        existing_comment="Kind of predictor, such as gradient_boosting.",
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "trained_until",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        nullable=True,
        existing_comment="Nothing known later than this was used.",
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "created_by",
        existing_type=sa.TEXT(),
        nullable=True,
        existing_comment="Who or what registered it.",
        schema="registry",
    )
    op.create_index(
        "ix_model_versions_created_at",
        "model_versions",
        ["tenant_id", "created_at"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "ix_model_versions_is_active",
        "model_versions",
        ["tenant_id", "is_active"],
        unique=False,
        schema="registry",
    )
    op.create_index(
        "uq_model_versions_active_name",
        "model_versions",
        ["tenant_id", "model_name"],
        unique=True,
        schema="registry",
        postgresql_where=sa.text("is_active"),
    )
    op.create_unique_constraint(
        op.f("uq_model_versions_tenant_id_model_id_version"),
        "model_versions",
        ["tenant_id", "model_id", "version"],
        schema="registry",
    )
    op.create_unique_constraint(
        op.f("uq_model_versions_tenant_id_model_name_version"),
        "model_versions",
        ["tenant_id", "model_name", "version"],
        schema="registry",
    )
    op.create_table_comment(
        "model_versions",
        "One version of a model, with its lineage; it can answer here when it has an artifact.",
        existing_comment="One fitted version of a model, with its lineage.",
        schema="registry",
    )
    # As the owner, who passes the first form of the policies: those of all tenants at once.
    op.execute("UPDATE registry.ml_models SET model_name = name, performance_metrics = metrics")
    op.execute("ALTER TABLE registry.ml_models ALTER COLUMN model_name SET NOT NULL")
    op.execute("UPDATE registry.model_versions SET file_path = model_path")
    op.execute("ALTER TABLE registry.model_versions ALTER COLUMN is_active DROP EXPRESSION")
    op.execute("ALTER TABLE registry.model_versions ALTER COLUMN is_active SET DEFAULT false")
    op.execute(
        "ALTER TABLE registry.ml_models ADD CONSTRAINT ck_ml_models_model_name_valid CHECK (((model_name <> ''::text) AND (length(model_name) <= 255)))"
    )
    op.execute(
        "ALTER TABLE registry.ml_models ADD CONSTRAINT ck_ml_models_performance_metrics_valid CHECK ((jsonb_typeof(performance_metrics) = 'object'::text))"
    )
    op.execute(
        "ALTER TABLE registry.ml_models ADD CONSTRAINT ck_ml_models_recorded_version CHECK (((task IS NOT NULL) OR (version IS NOT NULL)))"
    )
    op.execute(
        "ALTER TABLE registry.model_deployments ADD CONSTRAINT ck_model_deployments_made_here CHECK (((ml_model_id IS NULL) OR (num_nulls(number, deployment_notes, deployed_by) = 0)))"
    )
    op.execute(
        "ALTER TABLE registry.model_versions ADD CONSTRAINT ck_model_versions_can_answer CHECK (((artifact_id IS NULL) OR (num_nulls(ml_model_id, number, model_hash, model_size_mb, model_type, trained_until) = 0)))"
    )
    op.execute(
        "ALTER TABLE registry.model_versions ADD CONSTRAINT ck_model_versions_model_size_mb_valid CHECK (((model_size_mb >= (0)::double precision) AND (model_size_mb < 'Infinity'::double precision)))"
    )
    op.execute(
        "ALTER TABLE registry.model_deployments ALTER COLUMN kind SET DEFAULT 'promotion'::text"
    )
    op.execute(
        "ALTER TABLE registry.model_versions ALTER COLUMN feature_names SET DEFAULT '{}'::text[]"
    )
    op.execute("ALTER TABLE registry.model_versions ALTER COLUMN n_features SET DEFAULT 0")
    op.table_policy(
        "registry.custom_models",
        add=[
            "app:delete,insert,select,update",
            "audit",
            "rls:tenant|see=owner:user_id,flag:is_public|change=owner:user_id",
            "touch",
        ],
    )
    op.table_policy("registry.model_deployments", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("registry.ml_models", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("registry.artifacts", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("registry.model_versions", add=["rls:tenant"], remove=["rows:tenant"])
    op.table_policy("registry.model_metrics", add=["rls:tenant"], remove=["rows:tenant"])
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION registry.fill_ml_models() RETURNS trigger LANGUAGE plpgsql AS $$\n    BEGIN\n      IF TG_OP = 'INSERT' THEN\n        NEW.model_id := coalesce(NEW.model_id, NEW.id::text);\n        NEW.name := coalesce(NEW.name, NEW.model_name);\n        IF coalesce(NEW.metrics, '{}') = '{}' THEN\n          NEW.metrics := coalesce(NEW.performance_metrics, '{}');\n        END IF;\n      ELSE\n        IF NEW.name = OLD.name THEN\n          NEW.name := NEW.model_name;\n        END IF;\n        IF NEW.metrics = OLD.metrics THEN\n          NEW.metrics := coalesce(NEW.performance_metrics, '{}');\n        END IF;\n      END IF;\n      NEW.model_name := NEW.name;\n      NEW.performance_metrics := NEW.metrics;\n      RETURN NEW;\n    END $$"
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION registry.fill_model_versions() RETURNS trigger LANGUAGE plpgsql AS $$\n    BEGIN\n      NEW.is_active := coalesce(NEW.is_active, false);\n      IF TG_OP = 'INSERT' THEN\n        NEW.model_name := coalesce(NEW.model_name, NEW.model_id);\n        NEW.model_id := coalesce(NEW.model_id, NEW.model_name);\n        NEW.model_path := coalesce(NEW.model_path, NEW.file_path);\n        IF NEW.is_active AND NEW.status = 'draft' THEN\n          NEW.status := 'active';\n        END IF;\n      ELSE\n        IF NEW.model_path IS NOT DISTINCT FROM OLD.model_path THEN\n          NEW.model_path := NEW.file_path;\n        END IF;\n        IF NEW.is_active <> OLD.is_active AND NEW.status = OLD.status THEN\n          NEW.status := CASE WHEN NEW.is_active THEN 'active' ELSE 'superseded' END;\n        END IF;\n      END IF;\n      NEW.file_path := NEW.model_path;\n      NEW.is_active := NEW.status = 'active';\n      RETURN NEW;\n    END $$"
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER fill BEFORE INSERT OR UPDATE ON registry.ml_models\n    FOR EACH ROW EXECUTE FUNCTION registry.fill_ml_models()"
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER fill BEFORE INSERT OR UPDATE ON registry.model_versions\n    FOR EACH ROW EXECUTE FUNCTION registry.fill_model_versions()"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS registry.fill_ml_models CASCADE")
    op.execute("DROP FUNCTION IF EXISTS registry.fill_model_versions CASCADE")
    op.execute("ALTER TABLE registry.ml_models DROP CONSTRAINT ck_ml_models_model_name_valid")
    op.execute(
        "ALTER TABLE registry.ml_models DROP CONSTRAINT ck_ml_models_performance_metrics_valid"
    )
    op.execute("ALTER TABLE registry.ml_models DROP CONSTRAINT ck_ml_models_recorded_version")
    op.execute(
        "ALTER TABLE registry.model_deployments DROP CONSTRAINT ck_model_deployments_made_here"
    )
    op.execute("ALTER TABLE registry.model_versions DROP CONSTRAINT ck_model_versions_can_answer")
    op.execute(
        "ALTER TABLE registry.model_versions DROP CONSTRAINT ck_model_versions_model_size_mb_valid"
    )
    op.execute("ALTER TABLE registry.model_deployments ALTER COLUMN kind DROP DEFAULT")
    op.execute("ALTER TABLE registry.model_versions ALTER COLUMN feature_names DROP DEFAULT")
    op.execute("ALTER TABLE registry.model_versions ALTER COLUMN n_features DROP DEFAULT")
    op.table_policy("registry.model_metrics", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("registry.model_versions", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("registry.artifacts", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("registry.ml_models", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy("registry.model_deployments", add=["rows:tenant"], remove=["rls:tenant"])
    op.table_policy(
        "registry.custom_models",
        remove=[
            "app:delete,insert,select,update",
            "audit",
            "rls:tenant|see=owner:user_id,flag:is_public|change=owner:user_id",
            "touch",
        ],
    )
    op.create_table_comment(
        "model_versions",
        "One fitted version of a model, with its lineage.",
        existing_comment="One version of a model, with its lineage; it can answer here when it has an artifact.",
        schema="registry",
    )
    op.drop_constraint(
        op.f("uq_model_versions_tenant_id_model_name_version"),
        "model_versions",
        schema="registry",
        type_="unique",
    )
    op.drop_constraint(
        op.f("uq_model_versions_tenant_id_model_id_version"),
        "model_versions",
        schema="registry",
        type_="unique",
    )
    op.drop_index(
        "uq_model_versions_active_name",
        table_name="model_versions",
        schema="registry",
        postgresql_where=sa.text("is_active"),
    )
    op.drop_index("ix_model_versions_is_active", table_name="model_versions", schema="registry")
    op.drop_index("ix_model_versions_created_at", table_name="model_versions", schema="registry")
    op.alter_column(
        "model_versions",
        "created_by",
        existing_type=sa.TEXT(),
        nullable=False,
        existing_comment="Who or what registered it.",
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "trained_until",
        existing_type=postgresql.TIMESTAMP(timezone=True),
        nullable=False,
        existing_comment="Nothing known later than this was used.",
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "model_type",
        existing_type=sa.TEXT(),
        nullable=False,
        existing_comment="Kind of predictor, such as gradient_boosting.",
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "model_size_mb",
        existing_type=sa.DOUBLE_PRECISION(precision=53),
        nullable=False,
        existing_comment="Size of the plain bytes in MB (10^6 bytes).",
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "model_hash",
        existing_type=sa.TEXT(),
        nullable=False,
        existing_comment="SHA-256 of the artifact's plain bytes.",
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "artifact_id",
        existing_type=sa.UUID(),
        nullable=False,
        comment="Its bytes.",
        existing_comment="Its bytes; NULL when it cannot answer here.",
        schema="registry",
    )
    op.view("registry.v_model_versions", None)
    op.execute("ALTER TABLE registry.model_versions DROP COLUMN is_active")
    op.execute(
        "ALTER TABLE registry.model_versions ADD COLUMN is_active boolean"
        " GENERATED ALWAYS AS (status = 'active') STORED NOT NULL"
    )
    op.create_index(
        "ix_model_versions_model_type_is_active",
        "model_versions",
        ["tenant_id", "model_type", "is_active"],
        unique=False,
        schema="registry",
    )
    op.execute(
        "COMMENT ON COLUMN registry.model_versions.is_active IS"
        " 'Whether it is the one that answers.'"
    )
    op.view(
        "registry.v_model_versions",
        "SELECT v.tenant_id, v.id, v.ml_model_id, v.model_id, v.model_name, v.number, v.version,\n       v.version_type, v.status, v.is_active, v.parent_version_id, v.model_hash,\n       v.model_size_mb, v.model_path, v.model_path AS file_path, v.model_type,\n       v.feature_set_id, v.feature_names, v.n_features, v.parameters, v.performance_metrics,\n       v.promised_loss, v.dataset_id, v.dataset_sha256, v.trained_until, v.training_job_id,\n       v.description, v.metadata, v.created_by, v.created_at, v.activated_at, v.deactivated_at\nFROM registry.model_versions AS v\nWHERE v.tenant_id = app.tenant_id()",
        comment="Versions for other modules and for people; model_path also as file_path.",
    )
    op.alter_column(
        "model_versions",
        "number",
        existing_type=sa.BIGINT(),
        nullable=False,
        existing_comment="1 for the model's first version, then 2 and so on.",
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "model_name",
        existing_type=sa.TEXT(),
        comment="The model's name.",
        existing_comment="The model's name; model_id if not given.",
        existing_nullable=False,
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "model_id",
        existing_type=sa.TEXT(),
        comment="The model's name in the world outside.",
        existing_comment="The model's id in the world outside; model_name if not given.",
        existing_nullable=False,
        schema="registry",
    )
    op.alter_column(
        "model_versions",
        "ml_model_id",
        existing_type=sa.UUID(),
        nullable=False,
        comment="The model.",
        existing_comment="The model; NULL when it is only recorded here.",
        schema="registry",
    )
    op.drop_column("model_versions", "file_path", schema="registry")
    op.create_table_comment(
        "model_deployments",
        "A span of time in which one version was active.",
        existing_comment="A span of time in which one version was active, or a deployment that a client records.",
        schema="registry",
    )
    op.alter_column(
        "model_deployments",
        "deployed_by",
        existing_type=sa.TEXT(),
        nullable=False,
        existing_comment="Who or what decided.",
        schema="registry",
    )
    op.alter_column(
        "model_deployments",
        "deployment_notes",
        existing_type=sa.TEXT(),
        nullable=False,
        existing_comment="Why it was made, in one sentence.",
        schema="registry",
    )
    op.alter_column(
        "model_deployments",
        "number",
        existing_type=sa.BIGINT(),
        nullable=False,
        existing_comment="1 for the model's first deployment, then 2 and so on.",
        schema="registry",
    )
    op.alter_column(
        "model_deployments",
        "ml_model_id",
        existing_type=sa.UUID(),
        nullable=False,
        comment="The model.",
        existing_comment="The model; NULL when it is only recorded here.",
        schema="registry",
    )
    op.create_table_comment(
        "ml_models",
        "A learned predictor, whatever version of it is active.",
        existing_comment="A learned predictor, whatever version of it is active; or one that a client only records.\n\nA model with a task is fitted and served here, one row for all its versions. A model without one\nis a client's record: one row for each version that the client writes down.",
        schema="registry",
    )
    op.drop_constraint(
        op.f("uq_ml_models_tenant_id_name_version"), "ml_models", schema="registry", type_="unique"
    )
    op.drop_index(
        "uq_ml_models_served_name",
        table_name="ml_models",
        schema="registry",
        postgresql_where=sa.text("task IS NOT NULL"),
    )
    op.drop_index("ix_ml_models_version", table_name="ml_models", schema="registry")
    op.drop_index("ix_ml_models_status", table_name="ml_models", schema="registry")
    op.drop_index("ix_ml_models_created_at", table_name="ml_models", schema="registry")
    op.create_unique_constraint(
        op.f("uq_ml_models_tenant_id_name"),
        "ml_models",
        ["tenant_id", "name"],
        schema="registry",
        postgresql_nulls_not_distinct=False,
    )
    op.alter_column(
        "ml_models",
        "created_by",
        existing_type=sa.TEXT(),
        nullable=False,
        existing_comment="Who or what registered it.",
        schema="registry",
    )
    op.alter_column(
        "ml_models",
        "task",
        existing_type=sa.TEXT(),
        nullable=False,
        comment="What it predicts.",
        existing_comment="What it predicts; NULL when only recorded here.",
        schema="registry",
    )
    op.alter_column(
        "ml_models",
        "name",
        existing_type=sa.TEXT(),
        comment="Name, unique within the tenant.",
        existing_comment="Name, unique among the models served here.",
        existing_nullable=False,
        schema="registry",
    )
    op.alter_column(
        "ml_models",
        "model_id",
        existing_type=sa.TEXT(),
        comment="Name by which the world outside knows it; `name` when not given.",
        existing_comment="Id in the world outside; text of `id` when not given.",
        existing_nullable=False,
        schema="registry",
    )
    op.drop_column("ml_models", "performance_metrics", schema="registry")
    op.drop_column("ml_models", "model_name", schema="registry")
    op.drop_index("ix_custom_models_provider", table_name="custom_models", schema="registry")
    op.drop_index(
        "ix_custom_models_model_version_id", table_name="custom_models", schema="registry"
    )
    op.drop_index("ix_custom_models_model_id", table_name="custom_models", schema="registry")
    op.drop_index("ix_custom_models_is_public", table_name="custom_models", schema="registry")
    op.drop_index("ix_custom_models_is_active", table_name="custom_models", schema="registry")
    op.drop_table("custom_models", schema="registry")
