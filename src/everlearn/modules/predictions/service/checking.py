"""Checks of what comes from outside, before anything is read or written."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from everlearn.core.errors import Invalid

LONGEST = 255


def entity_text(value: object, field: str) -> str:
    """Give an entity id that the database can hold.

    Raises:
        Invalid: it is no text, empty, longer than 255 characters, or holds the character NUL or
            half of a surrogate pair.
    """
    if not isinstance(value, str):
        raise Invalid("an entity id is a text", field=field)
    if not value or len(value) > LONGEST:
        raise Invalid(f"an entity id has 1 to {LONGEST} characters", field=field, got=len(value))
    if _unstorable(value):
        raise Invalid("an entity id holds a character that cannot be stored", field=field)
    return value


def storable(features: Mapping[str, Any]) -> None:
    """Refuse values that no column could hold, before anything looks at what they mean.

    Raises:
        Invalid: a number beyond what a double can say, or a text as in `entity_text`.
    """
    for name, value in features.items():
        if isinstance(value, str) and _unstorable(value):
            msg = "the text holds a character that cannot be stored"
            raise Invalid(msg, field=f"features.{name}")
        if isinstance(value, int) and abs(value) > sys.float_info.max:
            raise Invalid("the number is too large", field=f"features.{name}")


def _unstorable(text: str) -> bool:
    return "\0" in text or any("\ud800" <= c <= "\udfff" for c in text)
