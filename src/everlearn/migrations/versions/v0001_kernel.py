"""Kernel: shared functions, the job queue, sign-in."""

from __future__ import annotations

from alembic import op

from everlearn.core.migrate import install_kernel

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    install_kernel(op.get_bind(), 1)


def downgrade() -> None:
    op.execute("DROP FUNCTION IF EXISTS public.uuidv7()")
    for schema in ("jobs", "parts", "app"):
        op.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
