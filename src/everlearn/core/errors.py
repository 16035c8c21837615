"""Every error of Everlearn, one tree.

    EverlearnError            code, http_status, exit_code, retryable, hint
    ├── Invalid         422   exit 2    the request's content is wrong; `field` says where
    ├── Unauthenticated 401   exit 5    no key, or one that is not valid any more
    ├── NotFound        404   exit 3
    ├── Conflict        409   exit 4
    │   ├── Duplicate                   it exists already
    │   ├── WrongStatus                 the move is not allowed from this status
    │   └── Contradiction               a second truth differs from the first
    ├── Forbidden       403   exit 5    never says whether a hidden row exists
    ├── LimitExceeded   429   exit 6    a quota, or too much at once
    │   └── TooLarge    413             the body is over the limit: sent again it would be, too
    ├── Unavailable     503   exit 6    try again: database away, lock timeout
    └── Bug             500   exit 70   an invariant of ours broke

The docstring of a class is its default message and ends with what to do. A module adds its leaves
in its own `errors.py`. Services raise these; surfaces render them (problem+json, one line and an
exit code, an error page).
"""

from __future__ import annotations

import inspect
from typing import Any, ClassVar


class EverlearnError(Exception):
    """Something went wrong in Everlearn; the log has the details."""

    code: ClassVar[str] = "error"
    http_status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 1
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str | None = None,
        *,
        field: str | None = None,
        hint: str | None = None,
        **facts: Any,
    ) -> None:
        """Keep the message, the path of the wrong field, a hint and JSON-ready facts.

        Args:
            message: one sentence for a person; the class docstring when left out.
            field: dotted path of the value that is wrong, such as `features.distance`.
            hint: what to do next.
            facts: JSON-ready values a program may want (`expected`, `got`, ...).
        """
        self.message = message or inspect.cleandoc(type(self).__doc__ or self.code)
        self.field = field
        self.hint = hint
        self.facts = facts
        super().__init__(self.message)

    def to_problem(self) -> dict[str, Any]:
        """Give the RFC 9457 problem document, without the request's own members."""
        problem: dict[str, Any] = {
            "type": f"urn:everlearn:error:{self.code}",
            "title": type(self).__name__,
            "status": self.http_status,
            "code": self.code,
            "detail": self.message,
            "retryable": self.retryable,
        }
        if self.field is not None:
            problem["field"] = self.field
        if self.hint is not None:
            problem["hint"] = self.hint
        if self.facts:
            problem["facts"] = self.facts
        return problem

    def __str__(self) -> str:
        """Show field, message and hint on one line."""
        where = f"{self.field}: " if self.field else ""
        then = f" ({self.hint})" if self.hint else ""
        return f"{where}{self.message}{then}"


class Invalid(EverlearnError):
    """The request's content is wrong; correct the named field and send it again."""

    code = "invalid"
    http_status = 422
    exit_code = 2


class Unauthenticated(EverlearnError):
    """No valid key came with the request; send `Authorization: Bearer <key>` or sign in."""

    code = "unauthenticated"
    http_status = 401
    exit_code = 5


class NotFound(EverlearnError):
    """There is no such thing for this tenant; list what there is and check the name."""

    code = "not_found"
    http_status = 404
    exit_code = 3


class Conflict(EverlearnError):
    """The request does not fit what is stored; read the current state and decide again."""

    code = "conflict"
    http_status = 409
    exit_code = 4


class Duplicate(Conflict):
    """It exists already; use the stored one or choose another name."""

    code = "duplicate"


class WrongStatus(Conflict):
    """This move is not allowed from the current status; read it and choose an allowed move."""

    code = "wrong_status"


class Contradiction(Conflict):
    """A different truth is stored already; correct it explicitly if the first one was wrong."""

    code = "contradiction"


class Forbidden(EverlearnError):
    """This actor may not do that; ask an owner of the tenant for the right."""

    code = "forbidden"
    http_status = 403
    exit_code = 5


class LimitExceeded(EverlearnError):
    """The request is over a limit; send less at once or wait as long as Retry-After says."""

    code = "limit_exceeded"
    http_status = 429
    exit_code = 6
    retryable = True


class TooLarge(LimitExceeded):
    """The body is larger than this server takes; send it in several smaller ones."""

    code = "too_large"
    http_status = 413
    retryable = False


class Unavailable(EverlearnError):
    """A part Everlearn needs did not answer in time; nothing was written, try again."""

    code = "unavailable"
    http_status = 503
    exit_code = 6
    retryable = True


class Bug(EverlearnError):
    """An invariant of Everlearn broke; nothing was written, please report it with the log."""

    code = "bug"
    exit_code = 70
