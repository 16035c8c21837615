"""Views of client services that are added while Everlearn runs.

Adding and removing changes the schema, so it runs as the owner and holds the migration lock. What
was added is kept in service_views, from which an upgrade makes the views again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from everlearn.core import migrate
from everlearn.modules.predictions.errors import BadService, ServiceExists, UnknownService
from everlearn.modules.predictions.tables.added import (
    STORED,
    added,
    drop_view,
    make_view,
    service_of,
)
from everlearn.modules.predictions.tables.services import SERVICES, fields_json
from everlearn.modules.predictions.types import FieldPart, FieldType, ServiceField, ServiceView

if TYPE_CHECKING:
    from collections.abc import Iterator

    from everlearn.core.pg import Server
    from everlearn.core.tx import Tx

_SERVICE = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_COLUMN = re.compile(r"[a-z][a-z0-9_]*")
#: "_ml_predictions" behind a service's name still fits PostgreSQL's 63 bytes.
_LONGEST_SERVICE, _LONGEST_COLUMN = 48, 63
_FIXED = {"tenant_id", "id", "context", "model_version", "created_at"}
#: Types of which an outcome, which is a number, can be.
_NUMBERS = {FieldType.FLOAT, FieldType.INTEGER, FieldType.BOOLEAN}


def parse_columns(columns: Sequence[str]) -> tuple[ServiceField, ...]:
    """Read columns written as ``name:type``, ``name:type:predicted`` or ``name:type:actual``.

    The first predicted column is the prediction's value, the first actual one its outcome's; what
    else is predicted or happens is kept beside them under its name. Predicted columns are required.

    >>> [field.part.value for field in parse_columns(["p:float:predicted", "place:text"])]
    ['predicted', 'context']

    Raises:
        BadService: a name or type is none, or nothing is predicted.
    """
    made: list[ServiceField] = []
    for place, column in enumerate(columns):
        where = f"column[{place}]"
        name, kind, role = [*column.split(":"), "", ""][:3]
        if column.count(":") not in {1, 2} or (role and role not in {"predicted", "actual"}):
            msg = "a column is name:type, name:type:predicted or name:type:actual"
            raise BadService(msg, field=where, got=column)
        if not _COLUMN.fullmatch(name) or len(name) > _LONGEST_COLUMN or name in _FIXED:
            msg = "a column's name is lower case letters, digits and _, and none that is there"
            raise BadService(msg, field=where, got=name)
        if name in {field.name for field in made}:
            raise BadService("a column comes twice", field=where, got=name)
        if kind not in set(FieldType):
            allowed = [each.value for each in FieldType]
            raise BadService("a column has one of these types", field=where, allowed=allowed)
        made.append(_field(name, FieldType(kind), role, made, where))
    if not any(field.part is FieldPart.PREDICTED for field in made):
        msg = "one column is what is predicted: name:float:predicted"
        raise BadService(msg, field="column")
    return tuple(made)


def _field(
    name: str, kind: FieldType, role: str, before: Sequence[ServiceField], where: str
) -> ServiceField:
    parts = {field.part for field in before}
    if role == "predicted":
        if kind is not FieldType.FLOAT:
            raise BadService("what is predicted is a float", field=where, got=kind.value)
        part = FieldPart.CONTEXT if FieldPart.PREDICTED in parts else FieldPart.PREDICTED
        return ServiceField(name, kind, part, required=True)
    if role == "actual":
        if kind not in _NUMBERS:
            msg = "what happened is a float, an integer or a boolean"
            raise BadService(msg, field=where, got=kind.value)
        part = FieldPart.FURTHER if FieldPart.ACTUAL in parts else FieldPart.ACTUAL
        return ServiceField(name, kind, part)
    return ServiceField(name, kind)


def add_service(
    server: Server,
    service_name: str,
    *,
    columns: Sequence[str],
    prediction_type: str | None = None,
) -> ServiceView:
    """Give a client service its view `<service_name>_ml_predictions`, for every tenant.

    Args:
        server: server whose database to change.
        service_name: lower case words joined by -.
        columns: see `parse_columns`.
        prediction_type: what it predicts; the predicted column's name when left out.

    Raises:
        BadService: the name, or a column, cannot be.
        ServiceExists: it has its view already.
    """
    if not _SERVICE.fullmatch(service_name) or len(service_name) > _LONGEST_SERVICE:
        msg = f"a service's name is lower case words joined by -, up to {_LONGEST_SERVICE} letters"
        raise BadService(msg, field="service_name", got=service_name)
    fields = parse_columns(columns)
    predicted = next(field.name for field in fields if field.part is FieldPart.PREDICTED)
    made = ServiceView(service_name, prediction_type or predicted, fields, declared=False)
    if not 1 <= len(made.prediction_type) <= 255 or "\0" in made.prediction_type:
        raise BadService("what it predicts has 1 to 255 characters", field="prediction_type")
    with _owner(server) as connection:
        taken = {service.view_name for service in (*SERVICES, *added(connection))}
        if made.view_name in taken:
            raise ServiceExists(field="service_name", view=made.view_name)
        connection.execute(
            text(
                "INSERT INTO predictions.service_views (service_name, prediction_type, fields,"
                " declared) VALUES (:service, :type, CAST(:fields AS jsonb), false)"
            ),
            {
                "service": made.service_name,
                "type": made.prediction_type,
                "fields": json.dumps(fields_json(fields)),
            },
        )
        make_view(connection, made)
    return made


def remove_service(server: Server, service_name: str) -> None:
    """Take the view of an added client service away; its predictions stay.

    Raises:
        UnknownService: none of this name was added.
    """
    with _owner(server) as connection:
        found = [each for each in added(connection) if each.service_name == service_name]
        if not found:
            msg = f"no client service {service_name!r} was added"
            raise UnknownService(msg, field="service_name")
        drop_view(connection, found[0])
        connection.execute(
            text("DELETE FROM predictions.service_views WHERE service_name = :service"),
            {"service": service_name},
        )


def list_services(tx: Tx) -> list[ServiceView]:
    """Give every client service that has a view, by name."""
    return [service_of(row) for row in tx.execute(STORED)]


@contextmanager
def _owner(server: Server) -> Iterator[Connection]:
    with migrate.as_owner(server) as connection:
        yield connection
        connection.commit()  # lint: allow commit because a change of the schema is its own unit
