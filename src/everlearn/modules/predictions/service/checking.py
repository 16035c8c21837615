"""Checks of what comes from outside, before anything is read or written."""

from __future__ import annotations

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
    if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
        raise Invalid("an entity id holds a character that cannot be stored", field=field)
    return value
