"""Reads values out of the rows of a page's table, and fills the links of its cells."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import is_dataclass
from typing import Any
from urllib.parse import quote

#: The next name of an href template: `{version}`.
_SLOT = re.compile(r"\{([\w.]+)\}")


def pick(row: Any, key: str) -> Any:
    """Read one value of a row by dotted key: of mappings by item, of objects by attribute."""
    for part in key.split("."):
        if row is None:
            return None
        by_name = not isinstance(row, Mapping) and (is_dataclass(row) or hasattr(row, part))
        row = getattr(row, part) if by_name else row[part]
    return row


def row_href(row: Any, template: str) -> str | None:
    """Fill `/models/{name}` from a row, each value quoted; None when a value is missing."""
    keys = _SLOT.findall(template)
    values = {key: pick(row, key) for key in keys}
    if any(value is None for value in values.values()):
        return None
    return _SLOT.sub(lambda found: quote(str(values[found.group(1)]), safe=""), template)
