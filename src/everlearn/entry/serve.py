"""Runs the HTTP server, with a worker beside it, and prints where to look."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer
import uvicorn

from everlearn.core.log import configure
from everlearn.core.tx import Actor
from everlearn.entry.api import create_app
from everlearn.modules.tenancy import service as tenancy

if TYPE_CHECKING:
    from everlearn.core.app import Runtime


def sign_in_link(
    made: Runtime, *, slug: str | None = None, host: str | None = None, port: int | None = None
) -> str:
    """Make a one-time link that signs a browser in as an administrator of a tenant."""
    tenant = tenancy.ensure_tenant(made.database, slug=slug or made.settings.tenant)
    with made.database.tx(tenant.id, actor=Actor("user", "command line")) as tx:
        token = tenancy.create_sign_in(tx)
    address = f"http://{host or made.settings.host}:{port or made.settings.port}"
    return f"{address}/sign-in?token={token.secret}"


def server_for(made: Runtime, *, host: str, port: int) -> uvicorn.Server:
    """Give a server that is ready to run, in this thread or another."""
    app = create_app(
        made.database,
        conninfo=made.server.conninfo("app"),
        house=made.settings.tenant,
        max_body_bytes=made.settings.max_body_bytes,
        batch_writers=made.settings.batch_writers,
        settings=made.settings,
    )
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=3,
    )
    return uvicorn.Server(config)


def serve(
    made: Runtime,
    *,
    host: str | None = None,
    port: int | None = None,
    with_worker: bool = True,
    slug: str | None = None,
) -> None:
    """Serve until interrupted."""
    configure(level=made.settings.log_level, style=made.settings.log_format)
    host, port = host or made.settings.host, made.settings.port if port is None else port
    server = server_for(made, host=host, port=port)
    link = sign_in_link(made, slug=slug, host=host, port=port)
    typer.echo(f"\nEverlearn is up at http://{host}:{port}")
    typer.echo(f"sign in (once, within half an hour): {link}")
    typer.echo("another link: everlearn sign-in    stop: Ctrl-C\n")
    with _worker(enabled=with_worker):
        server.run()


@contextlib.contextmanager
def _worker(*, enabled: bool) -> Iterator[None]:
    if not enabled:
        yield
        return
    process = subprocess.Popen([sys.executable, "-m", "everlearn", "worker"])
    try:
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
