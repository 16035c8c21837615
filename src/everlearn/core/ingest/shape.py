"""What items of a kind may say: declared once, read from every format, checked the same way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Raw

from everlearn.core.errors import Bug

Kind = Literal[
    "text", "word", "uuid", "time", "number", "integer", "flag", "json", "texts", "place"
]

#: Types of the columns that items are copied into.
SQL_TYPES: Mapping[Kind, str] = {
    "text": "text",
    "word": "text",
    "uuid": "uuid",
    "time": "timestamp with time zone",
    "number": "double precision",
    "integer": "bigint",
    "flag": "boolean",
    "json": "jsonb",
    "texts": "text[]",
    "place": "integer",
}
MAX_TEXT = 255
_LARGEST = 1.7976931348623157e308  # JSON can write larger ones, which are read as infinite
_INT64 = 1 << 63
_FORMS = {"object": (b"{", "a JSON object"), "list": (b"[", "a JSON list")}


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that an item may say.

    Attributes:
        name: in JSON, of the Arrow column, and of the column it is copied into.
        kind: ``text``, ``word`` (one of `words`), ``uuid``, ``time`` (with its zone), ``number``
            (finite), ``integer`` (64 bits), ``flag``, ``json`` or ``texts``.
        required: whether an item without it is refused.
        words: the vocabulary of a word.
        least: smallest number or integer.
        most: largest number or integer.
        max_length: characters of a text, or of each of the texts; at least one.
        holds: what a document must be: ``object``, ``list`` or ``any`` JSON.
    """

    name: str
    kind: Kind
    required: bool = False
    words: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    max_length: int = MAX_TEXT
    holds: Literal["object", "list", "any"] = "object"

    def __post_init__(self) -> None:
        """Refuse a word without a vocabulary, which would refuse every item."""
        if (self.kind == "word") != bool(self.words):
            msg = f"{self.name}: a word needs its words, and nothing else has any"
            raise Bug(msg)

    @property
    def reason(self) -> str:
        """Say what the value must be."""
        if self.kind == "word":
            return "not one of " + ", ".join(self.words)
        if self.kind == "json":
            return f"not {_FORMS[self.holds][1]}" if self.holds != "any" else "not JSON"
        if self.kind in {"number", "integer"}:
            least = "" if self.least is None else f" of at least {self.least:g}"
            most = (
                "" if self.most is None else f"{' and' if least else ' of'} at most {self.most:g}"
            )
            return f"not a{' finite' if self.kind == 'number' else 'n'} {self.kind}{least}{most}"
        return f"a text has 1 to {self.max_length} characters"

    @property
    def opening(self) -> bytes:
        """Give the byte that a document begins with; none when it may be any JSON."""
        return b"" if self.holds == "any" else _FORMS[self.holds][0]

    def to_type(self) -> tuple[str, Any, Any]:
        """Give the field of a msgspec struct: name, type and default."""
        made: Any
        text = Annotated[str, Meta(min_length=1, max_length=self.max_length)]
        if self.kind == "word":
            made = Literal[self.words]
        elif self.kind == "text":
            made = text
        elif self.kind == "texts":
            made = list[text]
        elif self.kind == "uuid":
            made = str
        elif self.kind == "time":
            made = Annotated[datetime, Meta(tz=True)]
        elif self.kind == "number":
            least, most = (-_LARGEST if self.least is None else self.least), self.most
            made = Annotated[float, Meta(ge=least, le=_LARGEST if most is None else most)]
        elif self.kind == "integer":
            least = -_INT64 if self.least is None else int(self.least)
            most = _INT64 - 1 if self.most is None else int(self.most)
            made = Annotated[int, Meta(ge=least, le=most)]
        elif self.kind == "flag":
            made = bool
        else:  # `Raw | None` would take nothing but null
            return (self.name, Raw) if self.required else (self.name, Raw, _NULL)  # type: ignore[return-value]  # as defstruct takes it
        return (self.name, made) if self.required else (self.name, made | None, None)  # type: ignore[return-value]  # as defstruct takes it


_NULL = Raw(b"null")


@dataclass(frozen=True, eq=False)
class Shape:
    """What items of a kind look like.

    Attributes:
        plural: what many of them are called, as in ``{"events": [...]}`` and in messages.
        fields: what an item may say. The tenant is never among it: it is the transaction's.
        added: columns that are copied too, which no item says but `prepare` puts there.
    """

    plural: str
    fields: tuple[Field, ...]
    added: tuple[Field, ...] = ()
    by_name: dict[str, Field] = field(init=False, repr=False)
    types: dict[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Look the fields up by name from now on."""
        object.__setattr__(self, "by_name", {each.name: each for each in self.fields})
        types = {each.name: SQL_TYPES[each.kind] for each in (*self.fields, *self.added)}
        object.__setattr__(self, "types", types)

    @property
    def names(self) -> tuple[str, ...]:
        """Give the names of the fields."""
        return tuple(self.by_name)

    @cached_property
    def struct(self) -> type[msgspec.Struct]:
        """Give the struct that an item is decoded into."""
        # What is needed first: a field without a default may not follow one that has one.
        given = sorted((each.to_type() for each in self.fields), key=len)
        return msgspec.defstruct(
            f"One_of_{self.plural}", given, forbid_unknown_fields=True, gc=False
        )

    @cached_property
    def documents(self) -> tuple[tuple[str, bytes, bool], ...]:
        """Give name, first byte and whether it is required of each field that is JSON."""
        return tuple((f.name, f.opening, f.required) for f in self.fields if f.kind == "json")

    @cached_property
    def decoders(self) -> Decoders:
        """Give the decoders of JSON."""
        return Decoders(self)


class Decoders:
    """Decoders of JSON for a shape: one item, many, and the same without a look inside."""

    def __init__(self, shape: Shape) -> None:
        """Make them."""
        one = shape.struct
        wrap = msgspec.defstruct
        name = shape.plural
        whole = wrap("Wrapped", [(name, list[one])], forbid_unknown_fields=True)  # type: ignore[valid-type]  # known at run time
        parts = wrap("Parts", [(name, list[Raw])], forbid_unknown_fields=True)
        self.one = msgspec.json.Decoder(one)
        self.list = msgspec.json.Decoder(list[one])  # type: ignore[valid-type]  # known at run time
        self.wrapped = msgspec.json.Decoder(whole)
        self.parts = msgspec.json.Decoder(list[Raw])
        self.wrapped_parts = msgspec.json.Decoder(parts)
