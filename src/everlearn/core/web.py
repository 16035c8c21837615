"""The page shell: templates, navigation, assets and the headers every page carries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, NamedTuple

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    select_autoescape,
)
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

import everlearn.core
import everlearn.modules
from everlearn.core.catalog import modules
from everlearn.core.charts.small import interval_bar, sparkline
from everlearn.core.errors import Bug, EverlearnError
from everlearn.core.formats import FILTERS, NUMBER_FORMATS

#: Where the page's script hears that something changed; a page asks for it with `live=True`.
LIVE = "/v1/live"
#: Where `static_app` is to be mounted.
STATIC = "/static"
#: A request that carries this header gets the main part of the page alone.
PARTIAL_HEADER = "X-Everlearn-Partial"
#: What the script writes when the reader chooses a theme, so that the first paint is right.
THEME_COOKIE = "everlearn_theme"
SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
#: The module whose page is the front page.
_FRONT = "loop"

#: Headers of every page and asset.
SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        "script-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

#: Tone of every status a page shows; a status that is not here is quiet. Only `alarm` is red: it is
#: kept for what a person has to look at.
TONES: Mapping[str, str] = {
    **dict.fromkeys(("queued", "pending", "draft", "scheduled", "new"), "waiting"),
    **dict.fromkeys(("running", "training", "evaluating", "shadow", "canary", "started"), "busy"),
    **dict.fromkeys(("active", "champion", "promoted", "healthy", "enabled", "live"), "good"),
    **dict.fromkeys(("completed", "finished", "resolved", "acknowledged", "passed"), "done"),
    **dict.fromkeys(("warning", "drift", "rolled_back", "degraded", "late", "stale"), "notice"),
    **dict.fromkeys(("failed", "critical", "error", "broken", "unhealthy", "overdue"), "alarm"),
    **dict.fromkeys(("superseded", "retired", "cancelled", "expired", "archived", "info"), "quiet"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of `data_table`.

    Attributes:
        key: dotted name of the value in each row.
        label: head of the column, with its unit.
        align: `right` for numbers; by `format` when left out.
        format: as in the filter `show`, or `badge`, `sparkline`, `text`; by the value when None.
        href: template such as `/models/{name}`, filled from the row.
        wrap: let long text take more lines, so that the last column stays in sight.
    """

    key: str
    label: str
    align: Literal["left", "right"] | None = None
    format: str | None = None
    href: str | None = None
    wrap: bool = False

    @property
    def right(self) -> bool:
        """Say whether the column is set to the right."""
        if self.align is not None:
            return self.align == "right"
        return (self.format or "").partition(":")[0] in NUMBER_FORMATS


def _as_columns(given: Iterable[Column | Mapping[str, Any]]) -> list[Column]:
    """Let a template write a column as a mapping."""
    return [c if isinstance(c, Column) else Column(**c) for c in given]


class NavItem(NamedTuple):
    """One entry of the navigation; `key` is the letter that follows `g`."""

    title: str
    href: str
    active: bool
    key: str


@lru_cache(maxsize=1)
def templates() -> Environment:
    """Give the environment of all templates: the shell's and every module's own folder."""
    home = Path(everlearn.modules.__path__[0])
    own = [home / module.name / "templates" for module in modules()]
    shell = Path(str(files(everlearn.core) / "templates"))
    env = Environment(
        loader=ChoiceLoader([FileSystemLoader(folder) for folder in (shell, *own)]),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(FILTERS)
    env.globals.update(
        as_columns=_as_columns,
        asset=asset,
        interval_bar=interval_bar,
        sparkline=sparkline,
        tone_of=lambda status: TONES.get(str(status).lower(), "quiet"),
        sign_in_path=SIGN_IN,
        sign_out_path=SIGN_OUT,
    )
    return env


def navigation(active: str | None) -> list[NavItem]:
    """Give the pages of all modules that have one: the front page, then highest floor first."""
    # Answers and models are looked at daily; keys and the audit trail lie on the floors below.
    shown = sorted((m for m in reversed(modules()) if m.nav), key=lambda m: m.name != _FRONT)
    items: list[NavItem] = []
    for module in shown:
        title = module.nav or module.name
        key = _free_key(title, items)
        href = "/" if module.name == _FRONT else f"/{module.name}"
        items.append(NavItem(title, href, module.name == active, key))
    # Belongs to no module: the rows of all of them.
    items.append(NavItem("Tables", "/tables", active == "tables", _free_key("tables", items)))
    return items


def _free_key(title: str, items: list[NavItem]) -> str:
    """Give the first letter of a title that no entry has, or nothing."""
    taken = {item.key for item in items}
    return next((c for c in title.lower() if c.isalpha() and c not in taken), "")


def page(
    request: Request,
    template: str,
    *,
    title: str,
    active: str | None = None,
    status: int = 200,
    live: bool = False,
    bare: bool = False,
    **context: Any,
) -> HTMLResponse:
    """Render a page, or its main part alone when the request asks for that.

    The template extends `base.html` and fills the block `main`. It finds, besides its own values:
    `ui` (the macros of `macros.html`), `principal`, `nav`, `title`, `path`, `theme`.

    Args:
        request: may carry `state.principal` with `tenant_name`, `tenant_slug` and `user_name`.
        template: `<module>/<page>.html`.
        title: of the document.
        active: name of the module whose entry of the navigation is marked.
        status: HTTP status.
        live: let the page follow `LIVE` and renew its main part on every change.
        bare: leave the navigation away.
        context: the page's values; the filter `ago` needs `now` among them.
    """
    env = templates()
    theme = request.cookies.get(THEME_COOKIE)
    values: dict[str, Any] = {
        "title": title,
        "nav": navigation(active),
        "principal": getattr(request.state, "principal", None),
        "theme": theme if theme in {"light", "dark"} else None,
        "path": request.url.path,
        "live": LIVE if live else None,
        "bare": bare,
        "partial": request.headers.get(PARTIAL_HEADER) == "1",
        **context,
    }
    values["ui"] = env.get_template("macros.html").make_module(values)
    headers = {
        **SECURITY_HEADERS,
        "Cache-Control": "private, no-cache",
        "Vary": f"Cookie, {PARTIAL_HEADER}",
    }
    return HTMLResponse(env.get_template(template).render(values), status, headers)


def error_page(request: Request, error: EverlearnError) -> HTMLResponse:
    """Render an error: what happened, where, and what to do next."""
    # What broke inside is for the log; a reader gets the sentence written for them.
    facts = {} if isinstance(error, Bug) else error.facts
    return page(
        request,
        "error.html",
        title=f"{error.http_status} {type(error).__name__}",
        status=error.http_status,
        bare=getattr(request.state, "principal", None) is None,
        error=error,
        facts=facts,
        request_id=getattr(request.state, "request_id", None),
    )


def sign_in_page(
    request: Request, *, problem: str | None = None, next_path: str = "/", status: int = 200
) -> HTMLResponse:
    """Render the page on which a reader pastes a key or the token of a one-time link.

    Its form sends `key` and `next` to `SIGN_IN`.

    Args:
        request: the request.
        problem: why the last try did not work.
        next_path: where to go afterwards; anything but a path of this server becomes `/`.
        status: 401 when the reader came here without being signed in.
    """
    safe = next_path.startswith("/") and not next_path.startswith(("//", "/\\"))
    return page(
        request,
        "sign_in.html",
        title="Sign in",
        status=status,
        bare=True,
        problem=problem,
        next_path=next_path if safe else "/",
    )


def _folder() -> Path:
    return Path(str(files(everlearn.core) / "static"))


@lru_cache(maxsize=32)
def _digest(name: str) -> str:
    return hashlib.sha256((_folder() / name).read_bytes()).hexdigest()[:12]


def asset(name: str) -> str:
    """Give the address of an asset; it changes with the content, so it may be kept for ever."""
    return f"{STATIC}/{name}?v={_digest(name)}"


class _Assets(StaticFiles):
    """Static files that are kept for ever when asked for by their content's hash."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        found = response.status_code == HTTPStatus.OK
        hashed = found and scope.get("query_string") == f"v={_digest(path)}".encode()
        response.headers["Cache-Control"] = (
            "public, max-age=31536000, immutable" if hashed else "no-cache"
        )
        response.headers.update(SECURITY_HEADERS)
        return response


def static_app() -> StaticFiles:
    """Give the application to mount at `STATIC`."""
    return _Assets(directory=_folder())
