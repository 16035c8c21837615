"""Kernel: which tenants have something to do, asked in one call."""

from __future__ import annotations

from alembic import op

from everlearn.core.migrate import install_kernel

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    install_kernel(op.get_bind(), 4)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.tenants_with(regclass)")
