"""Every page, full, in a real browser: light, dark and narrow."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest

from everlearn.core import catalog, migrate, web
from everlearn.core.app import Runtime
from everlearn.core.tables import rows
from everlearn.core.testing import plugin
from everlearn.core.testing.make import make
from everlearn.core.tx import Actor
from everlearn.entry import serve

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).resolve().parents[2] / ".cache/npm/node_modules/axe-core/axe.min.js"
NARROW = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 900}
#: What tells two pages of one kind apart.
ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?<=/models/)[^/]+|(?<=/tables/)[^/]+")
#: A page that only shows JSON, an asset, a file, or ends the session.
NOT_PAGES = re.compile(r"^/(v1|static|sign-out|metrics|healthz|readyz)\b")
MOST_PAGES = 60


@pytest.fixture(scope="module")
def site(server, template, test_settings):
    """Give the address of a real server on a database with a row of everything, and a sign-in."""
    with plugin.clone(server, template) as name:
        clone = plugin.Cloned(server, name, test_settings)
        database, tenant = clone.database(), clone.tenant()
        maintenance = clone.database("service")
        migrate.load_tables()
        for row in rows().values():
            if row.policy.rows != "tenant":
                continue
            writer = maintenance if row.policy.maintained else database
            with writer.tx(tenant, actor=Actor("user", "tester")) as tx:
                if tx.session.query(row).limit(1).first() is None:
                    make(tx, row)
        made = Runtime(test_settings, clone.server, database)
        running = serve.server_for(made, host="127.0.0.1", port=0)
        thread = Thread(target=running.run, daemon=True)
        thread.start()
        while not running.started and thread.is_alive():
            thread.join(0.01)
        port = running.servers[0].sockets[0].getsockname()[1]
        yield serve.sign_in_link(made, slug="acme", host="127.0.0.1", port=port)
        running.should_exit = True
        thread.join(10)
        clone.close()


@pytest.fixture(scope="module")
def chromium():
    found = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if found is None:
        pytest.skip("no Chromium here: tools/setup.sh system installs it")
    playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def seen(chromium, site):
    """Give what is wrong on every page that links lead to, one of each kind, in every look.

    Each page is opened once: a look is a change of window and theme, not another visit.
    """
    origin = re.match(r"https?://[^/]+", site)[0]
    context = chromium.new_context(viewport=WIDE, color_scheme="light")
    _sign_in(context, site)
    axe = AXE.read_text() if AXE.exists() else None
    waiting = ["/" if m.name == web._FRONT else f"/{m.name}" for m in catalog.modules() if m.nav]
    kinds, found = set(), Seen()
    while waiting and len(found.paths) < MOST_PAGES:
        path = waiting.pop(0)
        kind = ID.sub("{id}", path.split("#")[0].split("?")[0])
        if kind in kinds or NOT_PAGES.match(path):
            continue
        kinds.add(kind)
        found.paths.append(path)
        page, wrong = _open(context, origin + path)
        waiting += page.eval_on_selector_all(
            "a[href^='/']", "links => links.map(link => link.getAttribute('href'))"
        )
        if axe is not None:
            page.evaluate(axe)
        for look, (window, theme, rules) in LOOKS.items():
            page.set_viewport_size(window)
            page.emulate_media(color_scheme=theme)
            found.shape[look] += [f"{path}: {each}" for each in _shape(page)]
            if axe is not None:
                found.axe[look] += [f"{path}: {each}" for each in _axe(page, rules)]
        # Last: a message may come at any time until here.
        found.shape["light"] += [f"{path}: {each}" for each in wrong]
        page.close()
    context.close()
    return found


@dataclass
class Seen:
    """What a walk through all pages found, by look."""

    paths: list[str] = field(default_factory=list)
    shape: dict[str, list[str]] = field(default_factory=lambda: {look: [] for look in LOOKS})
    axe: dict[str, list[str]] = field(default_factory=lambda: {look: [] for look in LOOKS})


def _sign_in(context, link: str) -> None:
    page = context.new_page()
    page.goto(link, wait_until="domcontentloaded")
    assert context.cookies(), "the link did not sign the browser in"
    page.close()


def _open(context, address: str) -> tuple[object, list[str]]:
    """Open a page; give it with what went wrong: status, console, policy, script."""
    wrong: list[str] = []
    page = context.new_page()
    page.on("console", lambda m: wrong.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "requestfailed",
        # A stream that is open when the page closes is cut off; that is how it ends.
        lambda r: None if r.url.endswith(web.LIVE) else wrong.append(f"{r.url}: {r.failure}"),
    )
    answer = page.goto(address, wait_until="load")
    if answer.status != 200:
        wrong.append(f"status {answer.status}")
    return page, wrong


def _shape(page) -> list[str]:
    """Say what is wrong with the page as it stands in this window."""
    too_wide = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    headings = page.locator("h1").count()
    wrong = [f"scrolls sideways by {too_wide} px"] if too_wide > 0 else []
    return wrong if headings == 1 else [*wrong, f"{headings} headings of the first level"]


def _axe(page, rules: str) -> list[str]:
    found = page.evaluate(f"axe.run({{resultTypes: ['violations'], {rules}}})")
    return [
        f"{each['id']}: {each['help']} {each['nodes'][0]['html'][:200]}"
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]


#: Window, theme, and which rules of axe can come out differently in this look.
LOOKS = {
    "light": (WIDE, "light", ""),
    "dark": (WIDE, "dark", "runOnly: ['color-contrast', 'link-in-text-block']"),
    "narrow": (NARROW, "light", ""),
}


@pytest.mark.parametrize("look", LOOKS)
def test_every_page(seen, look):
    assert not seen.shape[look], "\n".join(seen.shape[look])


@pytest.mark.parametrize("look", LOOKS)
def test_everybody_can_use_it(seen, look):
    """Nothing that axe calls serious or critical: contrast, names, order, keyboard."""
    if not AXE.exists():
        pytest.skip("no axe-core here: tools/setup.sh system installs it (needs npm)")
    assert not seen.axe[look], "\n".join(seen.axe[look])


def test_every_module_with_a_page_was_seen(seen):
    for module in catalog.modules():
        if module.nav:
            assert ("/" if module.name == web._FRONT else f"/{module.name}") in seen.paths
    details = {path.split("/")[1] for path in seen.paths if ID.search(path)}
    assert {"operations", "registry", "training", "features"} <= details
    assert rows()
