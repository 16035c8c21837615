"""Alembic's entry: one connection, as the owner, given by `everlearn.core.migrate`."""

from __future__ import annotations

from alembic import context

from everlearn.core.migrate import options

connection = context.config.attributes["connection"]
context.configure(connection=connection, transaction_per_migration=False, **options())
with context.begin_transaction():
    context.run_migrations()
