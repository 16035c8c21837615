"""A table is declared once; keys, references, checks, policies and partitions follow from it.

    class Alert(Row, module="operations", policy=Policy(rows="tenant", touch=True, keep_days=90)):
        \"\"\"Something a person should look at.\"\"\"
        __tablename__ = "alerts"
        title: Mapped[Name] = column("What happened, in one line.")

A class without a policy raises while it is being defined, so an unprotected table is a decision
that somebody wrote down (`rows="shared"`).
"""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Constraint,
    ForeignKeyConstraint,
    Index,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
MAX_NAME_BYTES = 63  # PostgreSQL cuts longer identifiers off, silently


@dataclass(frozen=True, slots=True)
class By:
    """How a table is partitioned: by the time in a v7 `id`, or by a time column of its own.

    Use `By("id", ...)` where other tables refer to the row, a time column where nobody does.
    """

    column: str
    unit: Literal["day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Policy:
    """What holds for every row of a table.

    Attributes:
        rows: ``tenant`` (tenant_id decides), ``self`` (the tenants table: its id decides) or
            ``shared`` (reference data that every tenant may read and none may write).
        see: which users of the tenant see a row, as terms of which one must hold (below); jobs and
            keys without a user always do. Empty: every user of the tenant.
        change: which of them update and delete it; as `see` when it is not given.
        add: which of them insert one; as `change` when it is not given.
        touch: keep `updated_at` by a trigger.
        audit: write every change to audit_logs by a trigger.
        append_only: the app role may insert and read, nothing else.
        maintained: the app role may only read; everlearn_service writes.
        partition: range partitions, children in schema `parts`.
        keep_days: how long rows are kept when no data_retention_policies row says otherwise.
        hot: a high-volume table: no reference to tenants, whose check would be paid on every row.

    Terms: ``owner:COLUMN`` (it holds the user), ``unowned:COLUMN`` (it is NULL), ``listed:COLUMN``
    (an array holds the user), ``member:COLUMN`` and ``admin:COLUMN`` (of the team in it),
    ``flag:COLUMN`` (it is true), ``shared:FLAG:COLUMN`` (the flag is true, and the user is a member
    of the team in the column), ``anyone`` and ``nobody``.
    """

    rows: Literal["tenant", "self", "shared"]
    see: tuple[str, ...] = ()
    change: tuple[str, ...] | None = None
    add: tuple[str, ...] | None = None
    touch: bool = False
    audit: bool = False
    append_only: bool = False
    maintained: bool = False
    partition: By | None = None
    keep_days: int | None = None
    hot: bool = False


class Row(DeclarativeBase):
    """Base of every table class; see the module's docstring."""

    metadata = MetaData(naming_convention=NAMING)
    policy: ClassVar[Policy]
    module: ClassVar[str]
    expose: ClassVar[tuple[str, ...]]

    if TYPE_CHECKING:  # set by __init_subclass__, so that a shared table has no tenant_id
        id: Mapped[UUID]
        tenant_id: Mapped[UUID]

    def __init_subclass__(
        cls,
        *,
        module: str,
        policy: Policy | None = None,
        expose: tuple[Literal["list", "get"], ...] = (),
        own_key: bool = False,
        **kwargs: Any,
    ) -> None:
        """Build keys, references, checks and indexes from the declaration.

        Args:
            module: the Postgres schema.
            policy: what holds for every row.
            expose: which of the general routes the table has.
            own_key: the primary key is among its columns, so it has no `id`: 16 bytes less a row,
                and as many in the index.
            kwargs: passed on.
        """
        if policy is None:
            msg = f"{cls.__name__} has no policy; pass policy=Policy(rows='tenant')"
            raise TypeError(msg)
        cls.policy, cls.module, cls.expose = policy, module, expose
        _add_keys(cls, policy, own_key=own_key)
        options = {"schema": module, "comment": inspect.cleandoc(cls.__doc__ or "")}
        if policy.partition:
            options["postgresql_partition_by"] = f"RANGE ({policy.partition.column})"
        own = cls.__dict__.get("__table_args__", ())
        cls.__table_args__ = (*own, options)
        super().__init_subclass__(**kwargs)
        table = cls.__table__
        assert isinstance(table, Table)  # noqa: S101 - narrows the type for mypy
        _add_constraints(table, policy)
        _check_names(table)
        # Not in Table.info: Alembic would print it into the migration.
        cls.metadata.info.setdefault("rows", {})[table.key] = cls


def _add_keys(cls: type[Row], policy: Policy, *, own_key: bool) -> None:
    notes = inspect.get_annotations(cls)
    if policy.rows == "tenant" and "tenant_id" not in notes:
        cls.tenant_id = mapped_column(
            PG_UUID(as_uuid=True),
            primary_key=True,
            server_default=text("app.tenant_id()"),
            comment="Tenant the row belongs to; row-level security compares it.",
            sort_order=-20,
        )
    if "id" not in notes and not own_key:
        cls.id = mapped_column(
            PG_UUID(as_uuid=True),
            primary_key=True,
            server_default=text("uuidv7()"),
            comment="Version 7 uuid: sorts by the time the row was made.",
            sort_order=-10,
        )


def _add_constraints(table: Table, policy: Policy) -> None:
    keys = ("tenant_id",) if policy.rows == "tenant" else ()
    for column in list(table.columns):
        info = column.info
        if check := info.get("check"):
            name = f"{column.name}_valid"
            table.append_constraint(CheckConstraint(check.format(c=column.name), name=name))
        if target := info.get("ref"):
            ondelete = info["ondelete"]
            if ondelete == "SET NULL":
                ondelete = f"SET NULL ({column.name})"
            shared = target.startswith("shared:")
            target = target.removeprefix("shared:")
            here = () if shared else keys
            table.append_constraint(
                ForeignKeyConstraint(
                    [*here, column.name],
                    [*(f"{target}.{key}" for key in here), f"{target}.id"],
                    ondelete=None if ondelete == "NO ACTION" else ondelete,
                    name=_short(f"fk_{table.name}_{column.name}"),
                )
            )
        if info.get("index") and not _leads_an_index(table, [*keys, column.name]):
            Index(
                _short(f"ix_{table.name}_{column.name}"),
                *(table.c[key] for key in keys),
                column,
            )
    if policy.rows == "tenant" and not policy.hot:
        table.append_constraint(
            ForeignKeyConstraint(
                ["tenant_id"],
                ["tenancy.tenants.id"],
                ondelete="CASCADE",
                name=_short(f"fk_{table.name}_tenant_id"),
            )
        )


def _leads_an_index(table: Table, columns: list[str]) -> bool:
    rows = [[c.name for c in table.primary_key.columns]]
    # A partial index, or one of another kind, does not find every row that refers to another.
    rows += [
        [c.name for c in index.columns]
        for index in table.indexes
        if (options := index.dialect_options["postgresql"])["where"] is None
        and options["using"] in {False, None, "btree"}
    ]
    rows += [
        [c.name for c in constraint.columns]
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    ]
    return any(row[: len(columns)] == columns for row in rows)


def _short(name: str) -> str:
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    head, tail = name[: MAX_NAME_BYTES - 7], f"{sum(map(ord, name)) % 16**6:06x}"
    return f"{head}_{tail}"


def _check_names(table: Table) -> None:
    items: list[Constraint | Index] = [*table.constraints, *table.indexes]
    for item in items:
        name = str(item.name or "")
        if len(name.encode()) > MAX_NAME_BYTES:
            msg = f"{table.key}: the name {name!r} is longer than {MAX_NAME_BYTES} bytes"
            raise ValueError(msg)
    if not re.fullmatch(r"[a-z][a-z0-9_]*", table.name):
        msg = f"{table.key}: table names are lower case words joined by _"
        raise ValueError(msg)
    for column in table.columns:
        if not column.comment:
            msg = f"{table.key}.{column.name} has no comment; declare it with column(...)"
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class View:
    """A declared SQL view; always `security_invoker`, so the reader's policies hold."""

    name: str
    sql: str
    comment: str
    insert: str | None = None


def view(module: str, name: str, comment: str, sql: str, *, insert: str | None = None) -> View:
    """Declare a view of a module; Alembic creates and compares it.

    Args:
        module: schema the view belongs to.
        name: the view's bare name.
        comment: what it shows, as a sentence.
        sql: its SELECT.
        insert: the call of a trigger function that takes an inserted row, such as
            ``predictions.insert_service_prediction('oracle')``; without it the view is read only.
    """
    made = View(f"{module}.{name}", inspect.cleandoc(sql), comment, insert)
    Row.metadata.info.setdefault("views", {})[made.name] = made
    return made


def rows() -> dict[str, type[Row]]:
    """Give every declared table class by its schema-qualified name."""
    found: dict[str, type[Row]] = Row.metadata.info.get("rows", {})
    return found


def views() -> dict[str, View]:
    """Give every declared view by its schema-qualified name, in the order of declaration."""
    found: dict[str, View] = Row.metadata.info.get("views", {})
    return found
