"""Operations: metrics in chunks, and their minutes, hours and days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

#: Rows that are there already are counted by the next refresh, as those that come are.
_NOTE = """
DO $$
DECLARE
  tenant uuid;
BEGIN
  FOR tenant IN SELECT t FROM app.tenants() AS t LOOP
    PERFORM set_config('app.tenant_id', tenant::text, true);
    INSERT INTO operations.metric_arrivals (tenant_id, row_ids, row_times)
    SELECT tenant, array_agg(m.id), array_agg(m.timestamp)
    FROM operations.system_performance_metrics AS m
    WHERE m.tenant_id = tenant AND m.aggregation_level = 'raw'
    GROUP BY date_bin('1 hour', m.timestamp, '2000-01-01 00:00:00+00');
  END LOOP;
  PERFORM set_config('app.tenant_id', '', true);
END $$
"""


def upgrade() -> None:
    op.create_table(
        "metric_arrivals",
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
            "series_ids",
            postgresql.ARRAY(sa.UUID()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Series of each chunk that came.",
        ),
        sa.Column(
            "chunk_ends",
            sa.ARRAY(sa.DateTime(timezone=True)),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Where each of these chunks ends.",
        ),
        sa.Column(
            "row_ids",
            postgresql.ARRAY(sa.UUID()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Rows of system_performance_metrics.",
        ),
        sa.Column(
            "row_times",
            sa.ARRAY(sa.DateTime(timezone=True)),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Time of each of these rows.",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_metric_arrivals")),
        schema="operations",
        comment="A note that samples came which minutes, hours and days do not count yet.",
    )
    op.create_table(
        "metric_days",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column("series_id", sa.UUID(), nullable=False, comment="Series of the samples."),
        sa.Column(
            "timestamp",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Where it begins, in UTC.",
        ),
        sa.Column("sample_count", sa.BigInteger(), nullable=False, comment="Samples."),
        sa.Column("value_sum", sa.Double(), nullable=False, comment="Sum of the values."),
        sa.Column("value_min", sa.Double(), nullable=False, comment="Smallest value."),
        sa.Column("value_max", sa.Double(), nullable=False, comment="Largest value."),
        sa.Column("value_last", sa.Double(), nullable=False, comment="Value of the last sample."),
        sa.Column(
            "last_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Time of the last sample.",
        ),
        sa.Column(
            "sketch",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="Sketch of the values: app.sketch_quantile(sketch, 0.95).",
        ),
        sa.CheckConstraint("sample_count >= 0", name=op.f("ck_metric_days_sample_count_valid")),
        sa.PrimaryKeyConstraint("tenant_id", "series_id", "timestamp", name=op.f("pk_metric_days")),
        schema="operations",
        comment="What the samples of a series and day (24 hours, in UTC) come to.",
    )
    op.create_table(
        "metric_hours",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column("series_id", sa.UUID(), nullable=False, comment="Series of the samples."),
        sa.Column(
            "timestamp",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Where it begins, in UTC.",
        ),
        sa.Column("sample_count", sa.BigInteger(), nullable=False, comment="Samples."),
        sa.Column("value_sum", sa.Double(), nullable=False, comment="Sum of the values."),
        sa.Column("value_min", sa.Double(), nullable=False, comment="Smallest value."),
        sa.Column("value_max", sa.Double(), nullable=False, comment="Largest value."),
        sa.Column("value_last", sa.Double(), nullable=False, comment="Value of the last sample."),
        sa.Column(
            "last_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Time of the last sample.",
        ),
        sa.Column(
            "sketch",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="Sketch of the values: app.sketch_quantile(sketch, 0.95).",
        ),
        sa.CheckConstraint("sample_count >= 0", name=op.f("ck_metric_hours_sample_count_valid")),
        sa.PrimaryKeyConstraint(
            "tenant_id", "series_id", "timestamp", name=op.f("pk_metric_hours")
        ),
        schema="operations",
        comment="What the samples of a series and hour come to; within a minute of their coming.",
        postgresql_partition_by="RANGE (timestamp)",
    )
    op.create_table(
        "metric_minutes",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column("series_id", sa.UUID(), nullable=False, comment="Series of the samples."),
        sa.Column(
            "timestamp",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Where it begins, in UTC.",
        ),
        sa.Column("sample_count", sa.BigInteger(), nullable=False, comment="Samples."),
        sa.Column("value_sum", sa.Double(), nullable=False, comment="Sum of the values."),
        sa.Column("value_min", sa.Double(), nullable=False, comment="Smallest value."),
        sa.Column("value_max", sa.Double(), nullable=False, comment="Largest value."),
        sa.Column("value_last", sa.Double(), nullable=False, comment="Value of the last sample."),
        sa.Column(
            "last_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Time of the last sample.",
        ),
        sa.Column(
            "sketch",
            postgresql.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="Sketch of the values: app.sketch_quantile(sketch, 0.95).",
        ),
        sa.CheckConstraint("sample_count >= 0", name=op.f("ck_metric_minutes_sample_count_valid")),
        sa.PrimaryKeyConstraint(
            "tenant_id", "series_id", "timestamp", name=op.f("pk_metric_minutes")
        ),
        schema="operations",
        comment="What the samples of a series and minute come to; within a minute of their coming.",
        postgresql_partition_by="RANGE (timestamp)",
    )
    op.create_table(
        "metric_samples",
        sa.Column(
            "tenant_id",
            sa.UUID(),
            server_default=sa.text("app.tenant_id()"),
            nullable=False,
            comment="Tenant the row belongs to; row-level security compares it.",
        ),
        sa.Column("series_id", sa.UUID(), nullable=False, comment="Series of the samples."),
        sa.Column(
            "end_at", sa.DateTime(timezone=True), nullable=False, comment="Time of the last sample."
        ),
        sa.Column(
            "start_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="Time of the first sample.",
        ),
        sa.Column("sample_count", sa.Integer(), nullable=False, comment="Samples."),
        sa.Column(
            "offsets_us",
            sa.ARRAY(sa.Integer()),
            nullable=False,
            comment="Time of each sample, ascending, in microseconds from the middle of the hour.",
        ),
        sa.Column(
            "sample_values",
            postgresql.ARRAY(sa.Double()),
            nullable=False,
            comment="Value of each sample, in the unit of the series.",
        ),
        sa.CheckConstraint(
            "date_bin('1 hour', start_at, '2000-01-01 00:00:00+00') = date_bin('1 hour', end_at, '2000-01-01 00:00:00+00') AND start_at <= end_at",
            name=op.f("ck_metric_samples_one_hour"),
        ),
        sa.CheckConstraint(
            "cardinality(offsets_us) = sample_count", name=op.f("ck_metric_samples_offset_count")
        ),
        sa.CheckConstraint(
            "cardinality(sample_values) = sample_count", name=op.f("ck_metric_samples_value_count")
        ),
        sa.CheckConstraint("sample_count > 0", name=op.f("ck_metric_samples_sample_count_valid")),
        sa.PrimaryKeyConstraint("tenant_id", "series_id", "end_at", name=op.f("pk_metric_samples")),
        schema="operations",
        comment="Samples of one series and hour; a chunk never holds samples of two hours of the clock.",
        postgresql_partition_by="RANGE (end_at)",
    )
    op.create_table(
        "metric_series",
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
            "metric_name",
            sa.Text(),
            nullable=False,
            comment="What is measured, in the sender's words.",
        ),
        sa.Column("metric_category", sa.Text(), nullable=True, comment="Part it is about."),
        sa.Column("unit", sa.Text(), nullable=True, comment="Unit of the values."),
        sa.Column(
            "tags",
            postgresql.JSONB(none_as_null=True, astext_type=sa.Text()),
            nullable=True,
            comment="Words to tell series of one name apart.",
        ),
        sa.Column(
            "source_component",
            sa.Text(),
            nullable=True,
            comment="Part that sends it, in the sender's words.",
        ),
        sa.Column(
            "identity_md5",
            sa.Text(),
            sa.Computed(
                "md5(quote_nullable(metric_name) || quote_nullable(metric_category) || quote_nullable(unit) || quote_nullable(tags::text) || quote_nullable(source_component))",
                persisted=True,
            ),
            nullable=False,
            comment="Hash of the columns before it: no two series are the same in all of them.",
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="When its first sample came.",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(tags) = 'object'", name=op.f("ck_metric_series_tags_valid")
        ),
        sa.CheckConstraint(
            "metric_category IN ('database', 'api', 'ml_model', 'user_experience')",
            name=op.f("ck_metric_series_metric_category_valid"),
        ),
        sa.CheckConstraint(
            "metric_name <> '' AND length(metric_name) <= 255",
            name=op.f("ck_metric_series_metric_name_valid"),
        ),
        sa.CheckConstraint(
            "source_component <> '' AND length(source_component) <= 255",
            name=op.f("ck_metric_series_source_component_valid"),
        ),
        sa.CheckConstraint(
            "unit IN ('ms', 'mb', 'percentage', 'count')", name=op.f("ck_metric_series_unit_valid")
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenancy.tenants.id"],
            name="fk_metric_series_tenant_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("tenant_id", "id", name=op.f("pk_metric_series")),
        sa.UniqueConstraint(
            "tenant_id", "identity_md5", name=op.f("uq_metric_series_tenant_id_identity_md5")
        ),
        schema="operations",
        comment="A metric of one sender: what all its samples have in common.",
    )
    op.create_index(
        "ix_metric_series_name",
        "metric_series",
        ["tenant_id", "metric_name", "id"],
        unique=False,
        schema="operations",
    )
    op.table_policy("operations.metric_series", add=["app:insert,select", "rls:tenant"])
    op.table_policy(
        "operations.metric_samples",
        add=["app:insert,select", "keep:14", "partition:end_at:day", "rls:tenant"],
    )
    op.table_policy(
        "operations.metric_arrivals", add=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "operations.metric_minutes",
        add=["app:delete,insert,select,update", "keep:30", "partition:timestamp:day", "rls:tenant"],
    )
    op.table_policy(
        "operations.metric_hours",
        add=[
            "app:delete,insert,select,update",
            "keep:400",
            "partition:timestamp:month",
            "rls:tenant",
        ],
    )
    op.table_policy(
        "operations.metric_days", add=["app:delete,insert,select,update", "keep:3650", "rls:tenant"]
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION operations.sample_at(end_at timestamptz, offset_us integer)\n    RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE AS $$\n      SELECT date_bin('1 hour', end_at, '2000-01-01 00:00:00+00')\n        + (1800000000 + offset_us::bigint) * interval '1 microsecond'\n    $$\n    "
    )
    op.execute(
        "\n    COMMENT ON FUNCTION operations.sample_at(timestamptz, integer) IS\n      'Time of a sample of metric_samples, from the end of its chunk and its offset.'\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION operations.note_metric_chunks() RETURNS trigger\n    LANGUAGE plpgsql AS $$\n    BEGIN\n      -- Chunks that are merged, or come back from the archive, are counted already.\n      IF current_setting('app.known_samples', true) = 'on' THEN\n        RETURN NULL;\n      END IF;\n      INSERT INTO operations.metric_arrivals (tenant_id, series_ids, chunk_ends)\n      SELECT n.tenant_id, array_agg(n.series_id), array_agg(n.end_at)\n      FROM new_rows n GROUP BY n.tenant_id;\n      RETURN NULL;\n    END $$\n    "
    )
    op.execute(
        "\n    COMMENT ON FUNCTION operations.note_metric_chunks() IS\n      'Notes the chunks of samples that a statement wrote, for the rollups.'\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE FUNCTION operations.note_metric_rows() RETURNS trigger\n    LANGUAGE plpgsql AS $$\n    BEGIN\n      IF current_setting('app.known_samples', true) = 'on' THEN\n        RETURN NULL;\n      END IF;\n      INSERT INTO operations.metric_arrivals (tenant_id, row_ids, row_times)\n      SELECT n.tenant_id, array_agg(n.id), array_agg(n.timestamp)\n      FROM new_rows n WHERE n.aggregation_level = 'raw' GROUP BY n.tenant_id;\n      RETURN NULL;\n    END $$\n    "
    )
    op.execute(
        "\n    COMMENT ON FUNCTION operations.note_metric_rows() IS\n      'Notes the raw rows that a statement wrote to system_performance_metrics, for the rollups.'\n    "
    )
    op.view(
        "operations.v_metric_samples",
        "SELECT m.tenant_id, m.series_id, c.metric_name, c.metric_category, c.unit, c.tags, c.source_component, 'raw' AS aggregation_level,\n  operations.sample_at(m.end_at, s.offset_us) AS timestamp, s.value, m.end_at AS chunk_end_at,\n  NULL::jsonb AS metadata\nFROM operations.metric_samples m\nJOIN operations.metric_series c ON c.tenant_id = m.tenant_id AND c.id = m.series_id\nCROSS JOIN LATERAL unnest(m.offsets_us, m.sample_values) AS s(offset_us, value)\nUNION ALL\nSELECT c.tenant_id, NULL::uuid, c.metric_name, c.metric_category, c.unit, c.tags, c.source_component, c.aggregation_level, c.timestamp, c.value,\n  c.timestamp, c.metadata\nFROM operations.system_performance_metrics c",
        comment="Every sample of every metric: those kept in chunks, and rows of system_performance_metrics.",
        was=None,
        insert=None,
    )
    op.view(
        "operations.v_system_metrics",
        "    SELECT tenant_id, series_id, metric_name, metric_category, unit, tags, source_component,\n      aggregation_level, timestamp, value, 1::bigint AS sample_count, value AS value_min,\n      value AS value_max, value AS value_last, value AS p50, value AS p95, value AS p99\n    FROM operations.v_metric_samples\n    UNION ALL\n    \n    SELECT r.tenant_id, r.series_id, c.metric_name, c.metric_category, c.unit, c.tags, c.source_component, 'minute' AS aggregation_level,\n      r.timestamp, r.value_sum / r.sample_count AS value, r.sample_count,\n      r.value_min, r.value_max, r.value_last, app.sketch_quantile(r.sketch, 0.5) AS p50,\n      app.sketch_quantile(r.sketch, 0.95) AS p95, app.sketch_quantile(r.sketch, 0.99) AS p99\n    FROM operations.metric_minutes r\n    JOIN operations.metric_series c ON c.tenant_id = r.tenant_id AND c.id = r.series_id\n    \nUNION ALL\n\n    SELECT r.tenant_id, r.series_id, c.metric_name, c.metric_category, c.unit, c.tags, c.source_component, 'hour' AS aggregation_level,\n      r.timestamp, r.value_sum / r.sample_count AS value, r.sample_count,\n      r.value_min, r.value_max, r.value_last, app.sketch_quantile(r.sketch, 0.5) AS p50,\n      app.sketch_quantile(r.sketch, 0.95) AS p95, app.sketch_quantile(r.sketch, 0.99) AS p99\n    FROM operations.metric_hours r\n    JOIN operations.metric_series c ON c.tenant_id = r.tenant_id AND c.id = r.series_id\n    \nUNION ALL\n\n    SELECT r.tenant_id, r.series_id, c.metric_name, c.metric_category, c.unit, c.tags, c.source_component, 'day' AS aggregation_level,\n      r.timestamp, r.value_sum / r.sample_count AS value, r.sample_count,\n      r.value_min, r.value_max, r.value_last, app.sketch_quantile(r.sketch, 0.5) AS p50,\n      app.sketch_quantile(r.sketch, 0.95) AS p95, app.sketch_quantile(r.sketch, 0.99) AS p99\n    FROM operations.metric_days r\n    JOIN operations.metric_series c ON c.tenant_id = r.tenant_id AND c.id = r.series_id\n    \n    ",
        comment="Metrics at every level: samples, and mean, range and quantiles of minutes, hours and days.",
        was=None,
        insert=None,
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER note_chunks AFTER INSERT ON operations.metric_samples\n    REFERENCING NEW TABLE AS new_rows\n    FOR EACH STATEMENT EXECUTE FUNCTION operations.note_metric_chunks()\n    "
    )
    op.execute(
        "\n    CREATE OR REPLACE TRIGGER note_rows AFTER INSERT ON operations.system_performance_metrics\n    REFERENCING NEW TABLE AS new_rows\n    FOR EACH STATEMENT EXECUTE FUNCTION operations.note_metric_rows()\n    "
    )
    op.execute(_NOTE)


def downgrade() -> None:
    op.execute("DROP TRIGGER note_rows ON operations.system_performance_metrics")
    op.execute("DROP TRIGGER note_chunks ON operations.metric_samples")
    op.execute("DROP FUNCTION operations.note_metric_rows(), operations.note_metric_chunks()")
    op.view(
        "operations.v_system_metrics",
        None,
        comment="",
        was=(
            "    SELECT tenant_id, series_id, metric_name, metric_category, unit, tags, source_component,\n      aggregation_level, timestamp, value, 1::bigint AS sample_count, value AS value_min,\n      value AS value_max, value AS value_last, value AS p50, value AS p95, value AS p99\n    FROM operations.v_metric_samples\n    UNION ALL\n    \n    SELECT r.tenant_id, r.series_id, c.metric_name, c.metric_category, c.unit, c.tags, c.source_component, 'minute' AS aggregation_level,\n      r.timestamp, r.value_sum / r.sample_count AS value, r.sample_count,\n      r.value_min, r.value_max, r.value_last, app.sketch_quantile(r.sketch, 0.5) AS p50,\n      app.sketch_quantile(r.sketch, 0.95) AS p95, app.sketch_quantile(r.sketch, 0.99) AS p99\n    FROM operations.metric_minutes r\n    JOIN operations.metric_series c ON c.tenant_id = r.tenant_id AND c.id = r.series_id\n    \nUNION ALL\n\n    SELECT r.tenant_id, r.series_id, c.metric_name, c.metric_category, c.unit, c.tags, c.source_component, 'hour' AS aggregation_level,\n      r.timestamp, r.value_sum / r.sample_count AS value, r.sample_count,\n      r.value_min, r.value_max, r.value_last, app.sketch_quantile(r.sketch, 0.5) AS p50,\n      app.sketch_quantile(r.sketch, 0.95) AS p95, app.sketch_quantile(r.sketch, 0.99) AS p99\n    FROM operations.metric_hours r\n    JOIN operations.metric_series c ON c.tenant_id = r.tenant_id AND c.id = r.series_id\n    \nUNION ALL\n\n    SELECT r.tenant_id, r.series_id, c.metric_name, c.metric_category, c.unit, c.tags, c.source_component, 'day' AS aggregation_level,\n      r.timestamp, r.value_sum / r.sample_count AS value, r.sample_count,\n      r.value_min, r.value_max, r.value_last, app.sketch_quantile(r.sketch, 0.5) AS p50,\n      app.sketch_quantile(r.sketch, 0.95) AS p95, app.sketch_quantile(r.sketch, 0.99) AS p99\n    FROM operations.metric_days r\n    JOIN operations.metric_series c ON c.tenant_id = r.tenant_id AND c.id = r.series_id\n    \n    ",
            "Metrics at every level: samples, and mean, range and quantiles of minutes, hours and days.",
            None,
        ),
        insert=None,
    )
    op.view(
        "operations.v_metric_samples",
        None,
        comment="",
        was=(
            "SELECT m.tenant_id, m.series_id, c.metric_name, c.metric_category, c.unit, c.tags, c.source_component, 'raw' AS aggregation_level,\n  operations.sample_at(m.end_at, s.offset_us) AS timestamp, s.value, m.end_at AS chunk_end_at,\n  NULL::jsonb AS metadata\nFROM operations.metric_samples m\nJOIN operations.metric_series c ON c.tenant_id = m.tenant_id AND c.id = m.series_id\nCROSS JOIN LATERAL unnest(m.offsets_us, m.sample_values) AS s(offset_us, value)\nUNION ALL\nSELECT c.tenant_id, NULL::uuid, c.metric_name, c.metric_category, c.unit, c.tags, c.source_component, c.aggregation_level, c.timestamp, c.value,\n  c.timestamp, c.metadata\nFROM operations.system_performance_metrics c",
            "Every sample of every metric: those kept in chunks, and rows of system_performance_metrics.",
            None,
        ),
        insert=None,
    )
    op.table_policy(
        "operations.metric_days",
        remove=["app:delete,insert,select,update", "keep:3650", "rls:tenant"],
    )
    op.table_policy(
        "operations.metric_hours",
        remove=[
            "app:delete,insert,select,update",
            "keep:400",
            "partition:timestamp:month",
            "rls:tenant",
        ],
    )
    op.table_policy(
        "operations.metric_minutes",
        remove=[
            "app:delete,insert,select,update",
            "keep:30",
            "partition:timestamp:day",
            "rls:tenant",
        ],
    )
    op.table_policy(
        "operations.metric_arrivals", remove=["app:delete,insert,select,update", "rls:tenant"]
    )
    op.table_policy(
        "operations.metric_samples",
        remove=["app:insert,select", "keep:14", "partition:end_at:day", "rls:tenant"],
    )
    op.table_policy("operations.metric_series", remove=["app:insert,select", "rls:tenant"])
    op.drop_index("ix_metric_series_name", table_name="metric_series", schema="operations")
    op.drop_table("metric_series", schema="operations")
    op.drop_table("metric_samples", schema="operations")
    op.drop_table("metric_minutes", schema="operations")
    op.drop_table("metric_hours", schema="operations")
    op.drop_table("metric_days", schema="operations")
    op.drop_table("metric_arrivals", schema="operations")
    op.execute("DROP FUNCTION operations.sample_at(timestamptz, integer)")
