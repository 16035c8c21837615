"""What can go wrong with teams and rights.

NotFound
├── UnknownTeam
├── UnknownWorkspace
└── UnknownSession
Invalid
└── NoEncryption
Conflict
└── LastOwner
Forbidden
├── NotAdmin
└── NotOwner
"""

from __future__ import annotations

from everlearn.core.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownTeam(NotFound):
    """There is no such team that you belong to; `everlearn tenancy teams list` lists them."""

    code = "tenancy.unknown_team"


class UnknownWorkspace(NotFound):
    """There is no such workspace that you may see; list the team's workspaces."""

    code = "tenancy.unknown_workspace"


class UnknownSession(NotFound):
    """There is no such session that you take part in; list the sessions."""

    code = "tenancy.unknown_session"


class NoEncryption(Invalid):
    """Encryption is not set up, so nothing can be stored encrypted; keep secrets elsewhere."""

    code = "tenancy.no_encryption"


class LastOwner(Conflict):
    """A team keeps at least one owner; make another member an owner first."""

    code = "tenancy.last_owner"


class NotAdmin(Forbidden):
    """Only an owner or admin of the team may do that; ask one of them."""

    code = "tenancy.not_admin"


class NotOwner(Forbidden):
    """Only an owner of the team decides who owns it; ask one of them."""

    code = "tenancy.not_owner"
