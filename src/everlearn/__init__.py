"""Everlearn: the learning loop in one Postgres.

    import everlearn

    with everlearn.open() as el:
        ...

`everlearn.open` gives the SDK, on the database itself; `everlearn.Client` sends to a server over
HTTP. Nothing heavy is imported before one of them is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from everlearn.client import Client
    from everlearn.entry.sdk import Everlearn

__version__ = "0.1.0"
__all__ = ["Client", "__version__", "open"]


def open(tenant: str | None = None, **settings: Any) -> Everlearn:  # noqa: A001 - reads as everlearn.open()
    """Open the database (starting the embedded one when needed) for one tenant.

    Args:
        tenant: slug; the setting `tenant` when left out. Made when it does not exist.
        settings: any of `everlearn.core.settings.Settings`, such as `data_dir`.

    Returns:
        The SDK, a context manager; see `everlearn.entry.sdk.Everlearn`.
    """
    from everlearn.entry.sdk import Everlearn

    return Everlearn(tenant, **settings)


def __getattr__(name: str) -> Any:
    if name == "Client":
        from everlearn.client import Client

        return Client
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)
