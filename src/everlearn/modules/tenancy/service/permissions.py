"""Grants rights to roles and says what a user may do."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from everlearn.core.errors import Forbidden, Invalid, NotFound
from everlearn.core.ids import uuid7
from everlearn.core.tx import Tx
from everlearn.modules.tenancy import types
from everlearn.modules.tenancy.tables import RolePermission

_KEY = ("tenant_id", "role_name", "resource_type", "resource_id", "permission_type")


def grant_permission(
    tx: Tx,
    *,
    role_name: str,
    resource_type: types.ResourceType,
    permission_type: types.PermissionType,
    resource_id: str | None = None,
    custom_permissions: dict[str, Any] | None = None,
    conditions: dict[str, Any] | None = None,
) -> types.Permission:
    """Permit a role something; the same grant again takes the new actions and conditions.

    Args:
        tx: transaction of the tenant, without a user.
        role_name: one of `types.ROLE_NAMES`.
        resource_type: what it is about.
        permission_type: what is permitted.
        resource_id: the one resource; all of the type when left out.
        custom_permissions: of the type ``custom``, each action as name to true.
        conditions: what the question's context must say.

    Raises:
        Forbidden: a user grants nothing; only keys of the tenant and jobs do.
        Invalid: nobody can have this role, or actions do not go with the type.
    """
    _require_no_user(tx)
    if role_name not in types.ROLE_NAMES:
        msg = f"no role is called {role_name!r}"
        raise Invalid(msg, field="role_name", allowed=list(types.ROLE_NAMES))
    actions = custom_permissions or {}
    if bool(actions) != (permission_type == types.PermissionType.CUSTOM):
        msg = "actions go with the permission type custom, and it needs some"
        raise Invalid(msg, field="custom_permissions")
    now = tx.now()
    changed = {
        "custom_permissions": actions,
        "conditions": conditions or {},
        "is_active": True,
        "updated_at": now,
    }
    permission_id = tx.scalar(
        insert(RolePermission)
        .values(
            id=uuid7(now),
            role_name=role_name,
            resource_type=resource_type.value,
            resource_id=resource_id,
            permission_type=permission_type.value,
            created_at=now,
            **changed,
        )
        .on_conflict_do_update(index_elements=_KEY, set_=changed)
        .returning(RolePermission.id)
    )
    return next(each for each in list_permissions(tx) if each.id == permission_id)


def revoke_permission(tx: Tx, permission_id: UUID) -> None:
    """Take a permission back; raise NotFound when there is none."""
    _require_no_user(tx)
    gone = tx.scalar(
        delete(RolePermission)
        .where(RolePermission.tenant_id == tx.tenant_id, RolePermission.id == permission_id)
        .returning(RolePermission.id)
    )
    if gone is None:
        raise NotFound(f"no permission {permission_id}", field="permission_id")


def list_permissions(tx: Tx) -> list[types.Permission]:
    """Give every permission, by role; none to a user."""
    query = (
        select(
            RolePermission.id,
            RolePermission.role_name,
            RolePermission.resource_type,
            RolePermission.resource_id,
            RolePermission.permission_type,
            RolePermission.custom_permissions,
            RolePermission.conditions,
            RolePermission.is_active,
        )
        .where(RolePermission.tenant_id == tx.tenant_id)
        .order_by(RolePermission.role_name, RolePermission.resource_type, RolePermission.id)
    )
    return [
        types.Permission(
            **row
            | {
                "resource_type": types.ResourceType(row["resource_type"]),
                "permission_type": types.PermissionType(row["permission_type"]),
            }
        )
        for row in map(dict, tx.execute(query).mappings())
    ]


def can(
    tx: Tx,
    user_id: UUID,
    *,
    action: str,
    resource_type: types.ResourceType,
    resource_id: str | None = None,
    team_id: UUID | None = None,
    context: dict[str, Any] | None = None,
) -> bool:
    """Say whether a user's roles permit an action on a resource.

    The user's role in the tenant counts everywhere, the role in a team only for what belongs to
    that team; a role includes those below it. Whoever may make a team of his own would else have
    its owner's rights everywhere. A superuser may do everything, an inactive account nothing.

    Args:
        tx: transaction of the tenant; a user asks about himself only.
        user_id: who wants to act.
        action: read, write, delete, or an action of a custom permission.
        resource_type: kind of resource.
        resource_id: which one; all of them when left out.
        team_id: team that the resource belongs to; of a workspace it is known.
        context: what conditions are compared with.

    Raises:
        Forbidden: a user asks about somebody else.
    """
    return bool(
        tx.scalar(
            "SELECT tenancy.can(:user, :action, :type, :id, :team, CAST(:context AS jsonb))",
            {
                "user": user_id,
                "action": action,
                "type": resource_type.value,
                "id": resource_id,
                "team": team_id,
                "context": json.dumps(context or {}, default=str),
            },
        )
    )


def _require_no_user(tx: Tx) -> None:
    if tx.actor.user_id is not None:
        raise Forbidden(
            "a user grants and takes back nothing", hint="use a key of the tenant without a user"
        )
