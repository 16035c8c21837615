"""Every page, full, in a real browser: light, dark and narrow."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from threading import Thread

import pytest

from everlearn.core import catalog, web
from everlearn.core.app import Runtime
from everlearn.core.tables import rows
from everlearn.core.testing import plugin
from everlearn.core.testing.isolation import tenant_tables
from everlearn.core.testing.make import make
from everlearn.core.tx import Actor
from everlearn.entry import serve

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = Path(__file__).resolve().parents[2] / ".cache/npm/node_modules/axe-core/axe.min.js"
NARROW = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 900}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: A page that only shows JSON, an asset, a file, or ends the session.
NOT_PAGES = re.compile(r"^/(v1|static|sign-out|metrics|healthz|readyz)\b")
MOST_PAGES = 60


@pytest.fixture(scope="module")
def site(server, template, test_settings):
    """Give the address of a real server on a database with a row of everything, and a sign-in."""
    with plugin.clone(server, template) as name:
        clone = plugin.Cloned(server, name, test_settings)
        database, tenant = clone.database(), clone.tenant()
        for row in tenant_tables().values():
            with database.tx(tenant, actor=Actor("user", "tester")) as tx:
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
def signed_in(chromium, site):
    """Give the cookies of a browser that followed the one-time link."""
    context = chromium.new_context()
    page = context.new_page()
    page.goto(site)
    if page.locator("form[action='/sign-in'] button").count():
        page.locator("form[action='/sign-in'] button").first.click()
    page.wait_for_load_state("domcontentloaded")
    state = context.storage_state()
    assert state["cookies"], "the link did not sign the browser in"
    context.close()
    return state


@pytest.fixture(scope="module")
def pages(chromium, site, signed_in):
    """Give the addresses of all pages that links lead to, one of each kind."""
    origin = re.match(r"https?://[^/]+", site)[0]
    context = chromium.new_context(storage_state=signed_in)
    page = context.new_page()
    fronts = ["/" if m.name == web._FRONT else f"/{m.name}" for m in catalog.modules() if m.nav]
    waiting, seen, found = list(fronts), set(), []
    while waiting and len(found) < MOST_PAGES:
        path = waiting.pop(0)
        kind = UUID.sub("{id}", path.split("#")[0].split("?")[0])
        if kind in seen or NOT_PAGES.match(path):
            continue
        seen.add(kind)
        page.goto(origin + path, wait_until="domcontentloaded")
        found.append(path)
        links = page.locator("a[href^='/']").all()
        waiting += [link.get_attribute("href") for link in links]
    context.close()
    return origin, found


def look(context, address: str) -> tuple[object, list[str]]:
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


LOOKS = {
    "light": {"viewport": WIDE, "color_scheme": "light"},
    "dark": {"viewport": WIDE, "color_scheme": "dark"},
    "narrow": {"viewport": NARROW, "color_scheme": "light"},
}


@pytest.mark.parametrize("kind", LOOKS)
def test_every_page(chromium, signed_in, pages, kind):
    origin, paths = pages
    context = chromium.new_context(storage_state=signed_in, **LOOKS[kind])
    problems = []
    for path in paths:
        page, wrong = look(context, origin + path)
        too_wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        if too_wide > 0:
            wrong.append(f"scrolls sideways by {too_wide} px")
        if page.locator("h1").count() != 1:
            wrong.append(f"{page.locator('h1').count()} headings of the first level")
        problems += [f"{path}: {each}" for each in wrong]
        page.close()
    context.close()
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("kind", LOOKS)
def test_everybody_can_use_it(chromium, signed_in, pages, kind):
    """Nothing that axe calls serious or critical: contrast, names, order, keyboard."""
    if not AXE.exists():
        pytest.skip("no axe-core here: tools/setup.sh system installs it (needs npm)")
    origin, paths = pages
    # axe is put into the page by the test, which the page's own policy would refuse.
    context = chromium.new_context(storage_state=signed_in, bypass_csp=True, **LOOKS[kind])
    problems = []
    for path in paths:
        page = context.new_page()
        page.goto(origin + path, wait_until="load")
        page.add_script_tag(path=str(AXE))
        found = page.evaluate("axe.run({resultTypes: ['violations']})")
        problems += [
            f"{path}: {each['id']}: {each['help']} {each['nodes'][0]['html'][:200]}"
            for each in found["violations"]
            if each["impact"] in {"serious", "critical"}
        ]
        page.close()
    context.close()
    assert not problems, "\n".join(problems)


def test_every_module_with_a_page_was_seen(pages):
    _, paths = pages
    for module in catalog.modules():
        if module.nav:
            assert ("/" if module.name == web._FRONT else f"/{module.name}") in paths
    assert rows()
