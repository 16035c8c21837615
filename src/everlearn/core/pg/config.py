"""The text of the embedded server's configuration files. Pure functions, written at every start."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

#: Included by postgresql.conf, so an `ALTER SYSTEM` of the administrator still wins over it.
CONF_NAME = "everlearn.conf"

_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",  # only part of the socket's name
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "off",  # this build has pglz only, which costs more CPU than it saves
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "idle_in_transaction_session_timeout": "10min",
    "cluster_name": "everlearn",
    "logging_collector": "on",
    "log_directory": "log",
    "log_filename": "postgresql-%a.log",  # seven files, each overwritten a week later
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_truncate_on_rotation": "on",
    "log_file_mode": "0600",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}

_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def server_conf(socket_folder: Path, *, preload: Iterable[str], unsafe: bool) -> str:
    """Write the server's settings.

    Args:
        socket_folder: where the only socket is made.
        preload: libraries the build has and every backend shall load.
        unsafe: do not wait for the disk; a crash of the machine may destroy the data.
    """
    settings = dict(_SETTINGS)
    # The value is itself a list of names; the inner quotes keep a comma in a path together.
    inner = str(socket_folder).replace('"', '""')
    settings["unix_socket_directories"] = f'"{inner}"'
    settings["shared_preload_libraries"] = ",".join(preload)
    if unsafe:
        settings.update(_UNSAFE)
    lines = [f"{name} = {_quoted(value)}" for name, value in settings.items()]
    return "# Written by Everlearn at every start; use ALTER SYSTEM for changes of your own.\n" + (
        "\n".join(lines) + "\n"
    )


def hba_conf() -> str:
    """Write who may ask to come in: known roles, by their OS user; everything else is refused."""
    return """\
# Written by Everlearn at every start.
local all         postgres       peer map=everlearn
local replication postgres       peer map=everlearn
local all         /^everlearn_   peer map=everlearn
local all         all            reject
host  all         all       all  reject
"""


def ident_conf(os_users: Iterable[str]) -> str:
    """Write which OS users may be which roles."""
    lines = ["# Written by Everlearn at every start."]
    for user in os_users:
        name = '"' + user.replace('"', '""') + '"'
        lines += [f"everlearn {name} postgres", f"everlearn {name} /^everlearn_"]
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", r"\\").replace("'", "''") + "'"
