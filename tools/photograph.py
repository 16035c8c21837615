"""Photograph a page of a running Everlearn in headless Chromium, such as the README's picture.

python -m tools.photograph "$(everlearn sign-in)" docs/overview.png
"""

from __future__ import annotations

import argparse
import re
import shutil
from pathlib import Path

#: Chromium asks its maker's hosts for this and that unless it is told not to.
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def photograph(
    link: str, to: Path, *, path: str = "/", width: int = 1280, height: int = 1060
) -> str:
    """Sign in with a one-time link, open a page and keep its picture; give the page's heading."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise SystemExit("no Chromium here: tools/setup.sh system installs it")
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=found, args=list(QUIET))
        context = browser.new_context(viewport={"width": width, "height": height})
        page = context.new_page()
        page.goto(link)
        origin = re.match(r"https?://[^/]+", link)
        page.goto((origin[0] if origin else "") + path, wait_until="load")
        page.screenshot(path=to)
        heading = page.inner_text("h1")
        browser.close()
    return str(heading)


def main() -> None:
    """Read the command line and photograph."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("link", help="what `everlearn sign-in` prints")
    parser.add_argument("to", type=Path)
    parser.add_argument("--path", default="/")
    given = parser.parse_args()
    print(f"{photograph(given.link, given.to, path=given.path)}: {given.to}")


if __name__ == "__main__":
    main()
