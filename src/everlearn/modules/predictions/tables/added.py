"""The views of client services that a command added: made and dropped as the owner.

What was added is kept in service_views. An upgrade drops these views before its first step, so that
it may change what they read, and makes them again after its last.
"""

from __future__ import annotations

from typing import Any

from psycopg import sql
from sqlalchemy import Connection, text

from everlearn.core.alembic_policy import verbatim, view_statements
from everlearn.modules.predictions.tables.services import fields_of, view_of
from everlearn.modules.predictions.types import ServiceView

STORED = """
SELECT service_name, prediction_type, fields, declared FROM predictions.service_views ORDER BY 1
"""


def before_upgrade(connection: Connection) -> None:
    """Drop the added views."""
    for service in added(connection):
        drop_view(connection, service)


def after_upgrade(connection: Connection) -> None:
    """Make the added views again."""
    for service in added(connection):
        drop_view(connection, service)
        make_view(connection, service)


def added(connection: Connection) -> list[ServiceView]:
    """Give the services that a command added; none before a migration made the table."""
    if connection.scalar(text("SELECT to_regclass('predictions.service_views')")) is None:
        return []
    found = [service_of(row) for row in connection.execute(text(STORED))]
    return [service for service in found if not service.declared]


def service_of(row: Any) -> ServiceView:
    """Read a row of service_views."""
    fields = fields_of(row.fields)
    return ServiceView(row.service_name, row.prediction_type, fields, declared=row.declared)


def make_view(connection: Connection, service: ServiceView) -> None:
    """Make a service's view and remember that no declaration says it."""
    for statement in view_statements(view_of(service)):
        connection.execute(verbatim(statement))
    connection.execute(
        text("INSERT INTO app.runtime_views VALUES (:name) ON CONFLICT DO NOTHING"),
        {"name": f"predictions.{service.view_name}"},
    )


def drop_view(connection: Connection, service: ServiceView) -> None:
    """Drop a service's view."""
    name = sql.Identifier("predictions", service.view_name)
    statement = sql.SQL("DROP VIEW IF EXISTS {}").format(name).as_string(None)
    connection.execute(verbatim(statement))
    connection.execute(
        text("DELETE FROM app.runtime_views WHERE name = :name"),
        {"name": f"predictions.{service.view_name}"},
    )
