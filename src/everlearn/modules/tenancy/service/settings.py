"""Settings of a team and its single sign-on, for the team's admins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from everlearn.core.errors import Invalid, NotFound
from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.tenancy import errors, types
from everlearn.modules.tenancy.service.teams import require_admin
from everlearn.modules.tenancy.tables import EnterpriseSetting, SsoConfiguration

#: A bool is an int in Python, so it is looked for first.
_PYTHON_TYPES: tuple[tuple[type | tuple[type, ...], types.SettingType], ...] = (
    (bool, types.SettingType.BOOLEAN),
    ((int, float), types.SettingType.NUMBER),
    (str, types.SettingType.STRING),
    (dict, types.SettingType.JSON),
    (list, types.SettingType.ARRAY),
)


def set_setting(
    tx: Tx,
    team_id: UUID,
    *,
    key: str,
    value: Any,
    setting_type: types.SettingType | None = None,
    description: str | None = None,
    is_encrypted: bool = False,
) -> types.Setting:
    """Set a setting of a team; one that is there takes the new value and type.

    Args:
        tx: transaction of the tenant.
        team_id: whose setting.
        key: its name.
        value: a JSON value, not null.
        setting_type: type that the value must have; by the value when left out.
        description: what it does; kept when left out.
        is_encrypted: ask for the value to be stored encrypted, which is refused.

    Raises:
        UnknownTeam: there is none, or it is not for this user to see.
        NotAdmin: the user neither owns nor administers the team.
        NoEncryption: it is to be encrypted.
        Invalid: the value is null, or not of the type.
    """
    require_admin(tx, team_id)
    if is_encrypted:
        raise errors.NoEncryption(field="is_encrypted")
    found = next((kind for python, kind in _PYTHON_TYPES if isinstance(value, python)), None)
    if found is None:
        raise Invalid(
            "a setting is text, a number, true, false, an object or a list", field="value"
        )
    if setting_type not in {None, found}:
        msg = f"this is of the type {found}, not {setting_type}"
        raise Invalid(msg, field="value", expected=str(setting_type), got=found.value)
    now = tx.now()
    values = {
        "setting_value": value,
        "setting_type": found.value,
        "updated_by": tx.actor.user_id,
        "updated_at": now,
    } | ({} if description is None else {"description": description})
    tx.execute(
        insert(EnterpriseSetting)
        .values(id=uuid7(now), team_id=team_id, setting_key=key, created_at=now, **values)
        .on_conflict_do_update(index_elements=["tenant_id", "team_id", "setting_key"], set_=values)
    )
    return get_setting(tx, team_id, key=key)


def get_setting(tx: Tx, team_id: UUID, *, key: str) -> types.Setting:
    """Give a setting of a team; raise NotFound when it is not set."""
    found = [setting for setting in list_settings(tx, team_id) if setting.setting_key == key]
    if not found:
        raise NotFound(f"the team has no setting {key!r}", field="key")
    return found[0]


def list_settings(tx: Tx, team_id: UUID) -> list[types.Setting]:
    """Give a team's settings by key."""
    require_admin(tx, team_id)
    query = (
        select(
            EnterpriseSetting.id,
            EnterpriseSetting.team_id,
            EnterpriseSetting.setting_key,
            EnterpriseSetting.setting_value,
            EnterpriseSetting.setting_type,
            EnterpriseSetting.description,
            EnterpriseSetting.updated_by,
            EnterpriseSetting.created_at,
            EnterpriseSetting.updated_at,
        )
        .where(EnterpriseSetting.tenant_id == tx.tenant_id, EnterpriseSetting.team_id == team_id)
        .order_by(EnterpriseSetting.setting_key)
    )
    return [
        types.Setting(**row | {"setting_type": types.SettingType(row["setting_type"])})
        for row in map(dict, tx.execute(query).mappings())
    ]


def unset_setting(tx: Tx, team_id: UUID, *, key: str) -> None:
    """Take a setting of a team away; raise NotFound when it is not set."""
    setting = get_setting(tx, team_id, key=key)
    tx.execute(
        delete(EnterpriseSetting).where(
            EnterpriseSetting.tenant_id == tx.tenant_id, EnterpriseSetting.id == setting.id
        )
    )


def configure_sso(
    tx: Tx,
    team_id: UUID,
    *,
    sso_type: types.SsoType,
    provider_name: str,
    config: dict[str, Any],
    enabled: bool = False,
    metadata: dict[str, Any] | None = None,
) -> types.Sso:
    """Set up a team's sign-on by one protocol; what was set up for it is replaced.

    Raises:
        UnknownTeam: there is none, or it is not for this user to see.
        NotAdmin: the user neither owns nor administers the team.
    """
    require_admin(tx, team_id)
    now = tx.now()
    values = {
        "provider_name": provider_name,
        "config": config,
        "enabled": enabled,
        "meta": metadata or {},
        "updated_at": now,
    }
    made = insert(SsoConfiguration).values(
        id=uuid7(now), team_id=team_id, sso_type=sso_type.value, created_at=now, **values
    )
    tx.execute(
        made.on_conflict_do_update(
            index_elements=["tenant_id", "team_id", "sso_type"],
            set_={
                ("metadata" if name == "meta" else name): value for name, value in values.items()
            },
        )
    )
    return next(each for each in list_sso(tx, team_id) if each.sso_type == sso_type)


def list_sso(tx: Tx, team_id: UUID) -> list[types.Sso]:
    """Give a team's ways to sign on, without their config."""
    require_admin(tx, team_id)
    query = (
        select(
            SsoConfiguration.id,
            SsoConfiguration.team_id,
            SsoConfiguration.sso_type,
            SsoConfiguration.provider_name,
            SsoConfiguration.enabled,
            SsoConfiguration.created_at,
            SsoConfiguration.updated_at,
        )
        .where(SsoConfiguration.tenant_id == tx.tenant_id, SsoConfiguration.team_id == team_id)
        .order_by(SsoConfiguration.sso_type)
    )
    return [
        types.Sso(**row | {"sso_type": types.SsoType(row["sso_type"])})
        for row in map(dict, tx.execute(query).mappings())
    ]
