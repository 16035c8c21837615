"""Alembic's entry: one connection, as the owner, given by `everlearn.core.migrate`."""

from __future__ import annotations

from alembic import context

from everlearn.core.migrate import options, record_steps

given = context.config.attributes
context.configure(
    connection=given["connection"],
    transaction_per_migration=False,
    process_revision_directives=given.get("revise"),
    on_version_apply=record_steps,
    **options(given.get("only")),
)
with context.begin_transaction():
    context.run_migrations()
