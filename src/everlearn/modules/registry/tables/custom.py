"""Endpoints of users' own that answer like a model."""

from __future__ import annotations

from typing import Annotated, Any

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from everlearn.core.columns import Id, Json, Moment, Name, Words, choice, column, ref
from everlearn.core.tables import Policy, Row
from everlearn.modules.registry.types import Provider

CustomId = Annotated[
    str, mapped_column(Text, info={"check": "{c} ~ '^custom:[A-Za-z0-9][A-Za-z0-9._-]{{0,127}}$'"})
]
_SENSITIVE = "(authorization|cookie|token|secret|password|key)"
#: Neither a user's password nor a key among the parameters: addresses are shown and logged.
Endpoint = Annotated[
    str,
    mapped_column(
        Text,
        info={
            "check": "{c} ~ '^https?://[^@/?#]+([/?#]|$)'"
            f" AND {{c}} !~* '[?&#][^=]*{_SENSITIVE}[^=&]*='"
        },
    ),
]
#: Base64 of at least a nonce's and a tag's length: a key in clear, such as sk-..., is none.
Sealed = Annotated[
    str, mapped_column(Text, info={"check": "{c} ~ '^[A-Za-z0-9+/]{{32,}}={{0,2}}$'"})
]
#: Headers are shown to whoever may use the model, so none may carry a key.
Headers = Annotated[
    dict[str, Any],
    mapped_column(
        JSONB(none_as_null=True),
        info={
            "check": "jsonb_typeof({c}) = 'object'"
            f' AND {{c}}::text !~* \'"[^"]*{_SENSITIVE}[^"]*" *:\''
        },
    ),
]


class CustomModel(
    Row,
    module="registry",
    policy=Policy(
        rows="tenant",
        see=("owner:user_id", "flag:is_public"),
        change=("owner:user_id",),
        touch=True,
        audit=True,
    ),
    expose=("list", "get"),
):
    """An endpoint of a user's own that answers like a model; its key is stored sealed only."""

    __tablename__ = "custom_models"
    __table_args__ = (
        UniqueConstraint("tenant_id", "user_id", "model_id"),
        CheckConstraint(
            "(api_key_encrypted IS NULL) = (api_key_iv IS NULL)"
            " AND (encryption_key_id IS NULL OR api_key_encrypted IS NOT NULL)",
            name="sealed_whole",
        ),
        Index("ix_custom_models_provider", "tenant_id", "provider"),
    )

    user_id: Mapped[Id | None] = ref("tenancy.users", "Whose it is.", ondelete="CASCADE")
    model_name: Mapped[Name] = column("Name shown to people.")
    model_id: Mapped[CustomId] = column(
        "`custom:` and a short name, unique for the user.", index=True
    )
    endpoint_url: Mapped[Endpoint] = column("Address that answers, without a user or password.")
    provider: Mapped[Words] = choice(
        Provider,
        "Whose interface it speaks.",
        default=Provider.OPENAI_COMPATIBLE,
    )
    api_key_encrypted: Mapped[Sealed | None] = column("The API key, sealed, in base64; not shown.")
    api_key_iv: Mapped[Words | None] = column("Nonce it was sealed with; not shown.")
    encryption_key_id: Mapped[Name | None] = column("Name of the key that opens it.")
    headers: Mapped[Headers] = column(
        "Headers sent with each call; those that carry a key are refused.", default="'{}'"
    )
    config: Mapped[Json] = column("Defaults of a call, such as temperature.", default="'{}'")
    is_active: Mapped[bool] = column("Whether calls may go to it.", default="true", index=True)
    is_public: Mapped[bool] = column(
        "Whether all of the tenant may use it.", default="false", index=True
    )
    description: Mapped[Words | None] = column("What it is good for, in the owner's words.")
    model_version_id: Mapped[Id | None] = ref(
        "registry.model_versions", "Version of ours it serves, if it does.", ondelete="SET NULL"
    )
    created_at: Mapped[Moment] = column("When it was registered.", default="now()")
    updated_at: Mapped[Moment] = column("When the row was last changed.", default="now()")
