"""How a column of a table lies in a file of the archive, so that it takes few bytes.

`plain`: as it is. `id`: the milliseconds that a v7 id begins with, as their distance from the row's
time, and the ten bytes behind them. `scaled`: numbers with few decimals as integers. `json`: what
rows have in common in columns of their own (`json_forms`). `same`: not at all, since another column
has the same values; `tenant`: not at all, since all rows are of one.

The choice is made from some rows; what does not fit it lies beside it, in the column's `:rest`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from psycopg import sql

from everlearn.modules.operations.service import json_forms
from everlearn.modules.operations.service.columns import (
    Column,
    Pick,
    Travel,
    arrow,
    as_text,
    hexed,
    pick,
)

FORMAT = 2

#: How each column lies in a file: name -> its form, JSON-ready. None: a file of before there were
#: any, whose columns are the table's.
Layout = dict[str, dict[str, Any]]
Arrays = dict[str, Any]

_MOST_DECIMALS = 6
_FITTING = 0.98
_MILLIS_BYTES = 6


def _form(layout: Layout | None, name: str) -> dict[str, Any]:
    return layout[name] if layout is not None else {"form": "plain"}


def rest_of(name: str) -> str:
    """Give the name of the column for what does not fit."""
    return f"{name}:rest"


def lag_of(name: str) -> str:
    """Give the name of the column for an id's distance from its row's time."""
    return f"{name}:lag"


def choose(columns: Sequence[Column], sample: Any, clock: str) -> Layout:
    """Choose a form for each column.

    Args:
        columns: of the table.
        sample: some of the rows, as Arrow.
        clock: the column that tells a row's age.
    """
    lib = arrow()
    layout: Layout = {}
    timed = any(c.name == clock and c.kind == "timestamp with time zone" for c in columns)
    for column in columns:
        form: dict[str, Any] = {"form": "plain"}
        if column.name == "tenant_id" and column.kind == "uuid":
            form = {"form": "tenant"}
        elif column.same_as:
            form = {"form": "same", "as": column.same_as}
        elif column.name == "id" and column.kind == "uuid":
            form = {"form": "id", "of": clock if timed else None}
        elif column.kind == "double precision":
            form = _choose_number(sample.column(column.name).combine_chunks()) or form
        elif column.kind == "jsonb":
            form = json_forms.choose(lib, sample.column(column.name).combine_chunks()) or form
        layout[column.name] = form | ({"computed": True} if column.generated else {})
    return layout


def _choose_number(values: Any) -> dict[str, Any] | None:
    found = values.drop_null().to_numpy(zero_copy_only=False)
    if not len(found):
        return None
    for scale in range(_MOST_DECIMALS + 1):
        if _scaled(found, scale)[1].mean() >= _FITTING:
            return {"form": "scaled", "scale": scale}
    return None


def _scaled(values: Any, scale: int) -> tuple[Any, Any]:
    """Give numbers times a power of ten, as integers, and which of them come back exactly."""
    with np.errstate(all="ignore"):
        grown = np.rint(values * 10.0**scale)
        fits = np.abs(grown) < 2.0**53
        grown = np.where(fits, grown, 0)
        fits &= (grown / 10.0**scale == values) & ~((values == 0) & np.signbit(values))
    return grown.astype(np.int64), fits


def picks(columns: Sequence[Column], layout: Layout) -> list[Pick]:
    """Say what is selected of a table's rows for a layout."""
    made = []
    for column in columns:
        form = layout[column.name]
        if form["form"] == "json":
            made += json_forms.picks(column.name, form)
        elif form["form"] not in {"same", "tenant"}:
            made.append(pick(column))
    return made


def sample_pick(column: Column) -> Pick:
    """Select a column for `choose`."""
    if column.kind == "jsonb":
        text = arrow().string()
        return Pick(
            column.name, sql.SQL("{}::text").format(sql.Identifier("t", column.name)),
            Travel("", text, text),
        )  # fmt: skip
    return pick(column)


def encode(batch: Any, columns: Sequence[Column], layout: Layout) -> Arrays:
    """Give the columns of a file for a batch of what `picks` selected."""
    lib = arrow()
    made: Arrays = {}
    for column in columns:
        form = layout[column.name]
        kind, name = form["form"], column.name
        if kind == "json":
            made |= json_forms.encode(lib, batch, name, form)
        elif kind == "id":
            made |= _encode_id(lib, batch, name, form["of"])
        elif kind == "scaled":
            values = _one(batch, name)
            there = np.asarray(values.is_valid())
            numbers = values.fill_null(0).to_numpy(zero_copy_only=False)
            whole, fits = _scaled(numbers, form["scale"])
            made[name] = lib.array(whole, lib.int64(), mask=~(there & fits))
            made[rest_of(name)] = lib.array(numbers, lib.float64(), mask=~there | fits)
        elif kind == "plain":
            made[name] = _one(batch, name)
    return made


def _one(batch: Any, name: str) -> Any:
    found = batch.column(name)
    return found.combine_chunks() if hasattr(found, "combine_chunks") else found


def _encode_id(lib: Any, batch: Any, name: str, clock: str | None) -> Arrays:
    raw = _one(batch, name).storage
    n, width = len(raw), raw.type.byte_width
    data = np.frombuffer(raw.buffers()[1], np.uint8)[raw.offset * width :][: n * width]
    data = data.reshape(n, width)
    weights = 256 ** np.arange(_MILLIS_BYTES - 1, -1, -1, dtype=np.int64)
    millis = data[:, :_MILLIS_BYTES].astype(np.int64) @ weights
    if clock is not None:
        millis -= _millis_of(_one(batch, clock))
    behind = np.ascontiguousarray(data[:, _MILLIS_BYTES:]).tobytes()
    kind = lib.binary(width - _MILLIS_BYTES)
    return {
        lag_of(name): lib.array(millis),
        rest_of(name): lib.FixedSizeBinaryArray.from_buffers(
            kind, n, [None, lib.py_buffer(behind)]
        ),
    }


def _millis_of(times: Any) -> Any:
    lib = arrow()
    micros = times.cast(lib.int64()).to_numpy(zero_copy_only=False)
    return np.floor_divide(micros, 1000)


def decode(batch: Any, columns: Sequence[Column], layout: Layout | None, tenant: str) -> Arrays:
    """Give the columns of a table, those left out that it computes, as texts for PostgreSQL."""
    lib = arrow()
    made: Arrays = {}
    for column in columns:
        name = column.name
        if column.generated:
            continue
        form = _form(layout, name)
        kind = form["form"]
        if kind == "tenant":
            made[name] = lib.repeat(lib.scalar(tenant), batch.num_rows)
        elif kind == "json":
            made[name] = json_forms.decode(lib, batch, name, form)
        elif kind == "id":
            made[name] = _decode_id(lib, batch, name, form["of"])
        elif kind == "scaled":
            whole = _one(batch, name)
            there = np.asarray(whole.is_valid())
            numbers = whole.fill_null(0).to_numpy(zero_copy_only=False) / 10.0 ** int(form["scale"])
            found = lib.array(numbers, lib.float64(), mask=~there)
            found = lib.compute.coalesce(found, _one(batch, rest_of(name)))
            made[name] = as_text(found, column.kind)
        else:
            made[name] = as_text(_one(batch, name), column.kind)
    return made


def _decode_id(lib: Any, batch: Any, name: str, clock: str | None) -> Any:
    millis = _one(batch, lag_of(name)).to_numpy(zero_copy_only=False)
    if clock is not None:
        millis = millis + _millis_of(_one(batch, clock))
    head = millis.astype(">i8").view(np.uint8).reshape(-1, 8)[:, 8 - _MILLIS_BYTES :]
    data = np.ascontiguousarray(head).tobytes()
    made = lib.FixedSizeBinaryArray.from_buffers(
        lib.binary(_MILLIS_BYTES), len(millis), [None, lib.py_buffer(data)]
    )
    parts = hexed(made), hexed(_one(batch, rest_of(name)))
    return lib.compute.binary_join_element_wise(*parts, "")


def duckdb(
    column: Column, layout: Layout | None, tenant: str, columns: Mapping[str, Column]
) -> str:
    """Give the expression that makes a column of the table from a file's, in DuckDB's SQL."""
    name = column.name
    form = _form(layout, name)
    kind = form["form"]
    own = quoted(name)
    if kind == "tenant":
        return f"'{tenant}'::UUID"
    if kind == "same":
        return duckdb(columns[form["as"]], layout, tenant, columns)
    if kind == "json":
        return json_forms.duckdb(name, form)
    if kind == "scaled":
        return f"coalesce({own} / {10 ** int(form['scale'])}::DOUBLE, {quoted(rest_of(name))})"
    if kind == "id":
        millis = quoted(lag_of(name))
        if form["of"]:
            millis = f"(epoch_ms({quoted(form['of'])}) + {millis})"
        tail = f"lower(hex({quoted(rest_of(name))}))"
        return f"(lower(format('{{:012x}}', {millis})) || {tail})::UUID"
    return f"{own}::JSON" if column.kind in {"json", "jsonb"} else own


def quoted(name: str) -> str:
    """Write a name as DuckDB and PostgreSQL read it."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
