"""Tables of the tenancy module."""

from everlearn.modules.tenancy.tables import access, teams
from everlearn.modules.tenancy.tables.access import (
    EnterpriseSetting,
    RolePermission,
    SsoConfiguration,
)
from everlearn.modules.tenancy.tables.accounts import ApiKey, Tenant, User
from everlearn.modules.tenancy.tables.teams import (
    CollaborationSession,
    SharedWorkspace,
    Team,
    TeamMember,
)

FUNCTIONS = (*teams.FUNCTIONS, *access.FUNCTIONS)
AFTER = teams.AFTER

__all__ = [
    "AFTER",
    "FUNCTIONS",
    "ApiKey",
    "CollaborationSession",
    "EnterpriseSetting",
    "RolePermission",
    "SharedWorkspace",
    "SsoConfiguration",
    "Team",
    "TeamMember",
    "Tenant",
    "User",
]
