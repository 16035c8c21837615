"""Kernel: quantile sketches that can be merged."""

from __future__ import annotations

from alembic import op

from everlearn.core.migrate import install_kernel

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    install_kernel(op.get_bind(), 3)


def downgrade() -> None:
    op.execute("DROP AGGREGATE app.sketch_merge(bigint[])")
    op.execute(
        "DROP FUNCTION app.sketch_add, app.sketch_quantiles, app.sketch_quantile,"
        " app.sketch_buckets, app.sketch_count, app.sketch_compact,"
        " app.sketch_bucket(double precision), app.sketch_bucket(integer, bigint),"
        " app.sketch_value, app.sketch_key"
    )
