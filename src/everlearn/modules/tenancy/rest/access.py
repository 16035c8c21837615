"""A team's settings and single sign-on, and what roles may do, as JSON."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from everlearn.core.rest import TxDep, require_role
from everlearn.modules.tenancy import service, types
from everlearn.modules.tenancy.rest.teams import STEWARDS, LongText, Text

router = APIRouter(tags=["tenancy"])


class NewSetting(BaseModel):
    """The value a setting is to have."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    value: JsonValue
    setting_type: types.SettingType | None = Field(
        None, description="Type the value must have; by the value if left out."
    )
    description: LongText | None = None
    is_encrypted: bool = Field(False, description="Refused until encryption is set up.")


class NewSso(BaseModel):
    """How a team's users are to sign in."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    provider_name: Text
    config: dict[str, Any] = Field(description="What the protocol needs; it is never shown again.")
    enabled: bool = False
    metadata: dict[str, Any] = Field(default_factory=dict)


class NewPermission(BaseModel):
    """What a role is to be permitted."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    role_name: Text = Field(description="A team's role, or tenant. and a role of the tenant.")
    resource_type: types.ResourceType
    permission_type: types.PermissionType
    resource_id: Text | None = Field(None, description="One resource; all of the type if left out.")
    custom_permissions: dict[str, bool] = Field(default_factory=dict)
    conditions: dict[str, Any] = Field(default_factory=dict)


class Answer(BaseModel):
    """Whether the user may."""

    allowed: bool


@router.put("/v1/teams/{team_id}/settings/{key}", summary="Set a setting", dependencies=[STEWARDS])
def set_setting(tx: TxDep, team_id: UUID, key: str, body: NewSetting) -> types.Setting:
    """Set a setting of a team; one that is there takes the new value and type."""
    return service.set_setting(tx, team_id, key=key, **body.model_dump())


@router.delete(
    "/v1/teams/{team_id}/settings/{key}",
    summary="Take a setting away",
    status_code=204,
    dependencies=[STEWARDS],
)
def unset_setting(tx: TxDep, team_id: UUID, key: str) -> None:
    """Take a setting of a team away."""
    service.unset_setting(tx, team_id, key=key)


@router.get("/v1/teams/{team_id}/sso", summary="List a team's single sign-ons")
def list_sso(tx: TxDep, team_id: UUID) -> dict[str, list[types.Sso]]:
    """Give a team's ways to sign on, without their config."""
    return {"items": service.list_sso(tx, team_id)}


@router.put(
    "/v1/teams/{team_id}/sso/{sso_type}", summary="Set up a single sign-on", dependencies=[STEWARDS]
)
def configure_sso(tx: TxDep, team_id: UUID, sso_type: types.SsoType, body: NewSso) -> types.Sso:
    """Set up a team's sign-on by one protocol; what was set up for it is replaced."""
    return service.configure_sso(tx, team_id, sso_type=sso_type, **body.model_dump())


@router.post(
    "/v1/role_permissions",
    summary="Permit a role something",
    status_code=201,
    dependencies=[require_role("admin")],
)
def grant_permission(tx: TxDep, body: NewPermission) -> types.Permission:
    """Permit a role something; needs a key without a user."""
    return service.grant_permission(tx, **body.model_dump())


@router.delete(
    "/v1/role_permissions/{permission_id}",
    summary="Take a permission back",
    status_code=204,
    dependencies=[require_role("admin")],
)
def revoke_permission(tx: TxDep, permission_id: UUID) -> None:
    """Take a permission back; needs a key without a user."""
    service.revoke_permission(tx, permission_id)


@router.get("/v1/can", summary="Ask what a user may do")
def can(  # noqa: PLR0917 - FastAPI calls it by name
    tx: TxDep,
    user_id: UUID,
    action: Annotated[str, Query(min_length=1, max_length=255)],
    resource_type: types.ResourceType,
    resource_id: Annotated[str | None, Query(max_length=255)] = None,
    team_id: UUID | None = None,
) -> Answer:
    """Say whether a user's roles permit an action; conditions are taken not to hold."""
    allowed = service.can(
        tx,
        user_id,
        action=action,
        resource_type=resource_type,
        resource_id=resource_id,
        team_id=team_id,
    )
    return Answer(allowed=allowed)
