"""What the schema was asked to hold: the shipped `manifest.json`, and lists of mere names.

The format of `manifest.json` (every key below but `format` may be left out):

    {"format": 1,
     "tables": {"ml_feedback": {
       "columns": {"id": {"type": "uuid", "required": true, "default": true},
                   "status": {"type": "text", "words": ["open", "closed"]}},
       "unique": [{"columns": ["feedback_id"]},
                  {"columns": ["signature"], "held_by": ["signature_hash"]}],
       "references": {"prediction_id": {"to": "ml_predictions", "on_delete": "cascade"}},
       "paths": [{"columns": ["created_at"]},
                 {"columns": ["status"], "served_by": "why another index or none does it"}],
       "policy": "tenant",
       "touch": true,
       "partition": "month"}},
     "views": {"v_recent": {"columns": ["id"], "why": "what differs from what was asked"}},
     "functions": {"cleanup_old_events()": {"returns": "integer"}},
     "roles": {"everlearn_app": {"also": ["application_role"]}},
     "names": {"ml_feedback": {"view": "v_feedback", "why": "some columns are joined in"}},
     "rows": {"industries": 9}}

A type is a family, as in `everlearn.core.schema.live.FAMILIES`; which families may hold which is in
`everlearn.core.schema.verify`. `required` asks for NOT NULL, `default` for a default, `words` for a
CHECK that allows at least these. A path is the columns that an index must begin with, behind
tenant_id. A policy is `tenant` (the tenant's rule), `users` (narrowed to some of its users) or
`shared` (reference data: all may read, none may write). `names` says which relation holds the
columns that a table itself has not: a view where the product joins or renames by design. A table
that is nothing but such a view is there, too. `rows` are the least numbers of reference rows.

Every exception carries its reason in words, in `served_by`, `without` or `why`.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any, Literal

import msgspec

from everlearn.core.errors import Invalid

Policy = Literal["tenant", "users", "shared"]


class _Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A part of a manifest: unknown keys are refused, so a typing error is not a gap."""


class Column(_Struct, frozen=True):
    """A column that was asked for."""

    type: str | None = None
    required: bool = False
    default: bool = False
    words: tuple[str, ...] = ()
    why: str | None = None


class Unique(_Struct, frozen=True):
    """A key of which no two rows of a tenant may be the same.

    Attributes:
        columns: as asked for.
        held_by: the columns that hold it instead, such as a hash of a document.
        without: why there is no such key.
    """

    columns: tuple[str, ...]
    held_by: tuple[str, ...] = ()
    without: str | None = None


class Reference(_Struct, frozen=True):
    """A reference to another table.

    Attributes:
        to: bare name of the table.
        on_delete: `cascade` or `set null`, when asked for.
        held_by: the column that holds it instead, such as the uuid beside a text id.
        without: why there is no foreign key.
    """

    to: str
    on_delete: str | None = None
    held_by: str | None = None
    without: str | None = None


class AccessPath(_Struct, frozen=True):
    """Columns by which rows are looked up.

    Attributes:
        columns: with which an index must begin, behind tenant_id.
        contains: a containment look-up in a document was asked for, not an order.
        served_by: what serves it instead of such an index.
    """

    columns: tuple[str, ...]
    contains: bool = False
    served_by: str | None = None


class Asked(_Struct, frozen=True):
    """A table that was asked for."""

    columns: dict[str, Column] = {}
    unique: tuple[Unique, ...] = ()
    references: dict[str, Reference] = {}
    paths: tuple[AccessPath, ...] = ()
    policy: Policy | None = None
    touch: bool = False
    partition: str | None = None


class AskedView(_Struct, frozen=True):
    """A view that was asked for; a table of its name that is kept current serves as well."""

    columns: tuple[str, ...] = ()
    why: str | None = None


class AskedFunction(_Struct, frozen=True):
    """A function that was asked for."""

    returns: str


class AskedRole(_Struct, frozen=True):
    """A role that must be there; `also` are names under which it was asked for."""

    also: tuple[str, ...] = ()


class Elsewhere(_Struct, frozen=True):
    """The relation in which columns of a table are found that it has not itself."""

    view: str
    why: str


class Manifest(_Struct, frozen=True):
    """Everything that was asked for."""

    format: int
    tables: dict[str, Asked] = {}
    views: dict[str, AskedView] = {}
    functions: dict[str, AskedFunction] = {}
    roles: dict[str, AskedRole] = {}
    names: dict[str, Elsewhere] = {}
    rows: dict[str, int] = {}


def shipped() -> Manifest:
    """Give the manifest of the product."""
    data = resources.files(__package__).joinpath("manifest.json").read_bytes()
    return msgspec.json.decode(data, type=Manifest)


def read(path: Path) -> Manifest:
    """Read a manifest: in the shipped form, or a list of names with the shipped redirections.

    A list of names is `{table: {"columns": {name: ...} or [name, ...]}}`; more keys do no harm.

    Raises:
        Invalid: no such file, or neither of the two forms.
    """
    try:
        data = path.read_bytes()
        found = msgspec.json.decode(data)
        if isinstance(found, dict) and "format" in found:
            return msgspec.json.decode(data, type=Manifest)
        return _names(found)
    except OSError as error:
        msg = f"{path} cannot be read: {error.strerror}"
        raise Invalid(msg, field="--manifest") from error
    except msgspec.DecodeError as error:
        msg = f"{path} is no manifest: {error}"
        raise Invalid(msg, field="--manifest") from error


def _names(found: Any) -> Manifest:
    tables = {}
    for table, entry in found.items() if isinstance(found, dict) else [("", None)]:
        columns = entry.get("columns") if isinstance(entry, dict) else None
        if not isinstance(columns, dict | list):
            msg = (
                f"{table or 'the list'} has no columns; write {{table: {{columns: {{name: []}}}}}}"
            )
            raise Invalid(msg, field="--manifest")
        tables[str(table)] = Asked(columns={str(name): Column() for name in columns})
    return Manifest(format=1, tables=tables, names=shipped().names)
