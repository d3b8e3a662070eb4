"""What every page must pass in the browser: axe without a violation, nothing wider than the window."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

_axe = Axe()


def violations(page: Any) -> list[str]:
    """axe's findings in one line each: the rule, and the first elements that break it."""
    found = _axe.run(page).response["violations"]
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}" for one in found]


def sideways(page: Any) -> int:
    """How many pixels the page is wider than its window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


def keep_picture(page: Any) -> None:
    """With LOOKS=folder in the environment, a picture of each page is kept there, for people to look at."""
    if folder := os.environ.get("LOOKS"):
        address = re.sub(r"[^a-z0-9]+", "-", page.url.partition("//")[2].partition("/")[2].lower())
        width = page.viewport_size["width"]
        page.screenshot(path=Path(folder) / f"{address[:80] or 'first'}-{width}.png", full_page=True)


def look_at(page: Any) -> None:
    """Fail with a list of what is wrong with the page as it stands."""
    keep_picture(page)
    assert violations(page) == []
    assert sideways(page) <= 0
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang")


def look_at_widths(page: Any) -> None:
    """What `look_at` asks of the page on a telephone; on wider and narrower windows, that it fits.

    axe takes longer than all the rest of a browser test: `test_every_page` runs it on the wide pages.
    """
    # the link just pressed may still be leading here: between two documents there is nothing to measure
    page.wait_for_load_state()
    expect(page.locator("h1")).to_be_visible()
    for width in (1280, 320, 390):
        page.set_viewport_size({"width": width, "height": 900})
        keep_picture(page)
        assert sideways(page) <= 0
    look_at(page)
    page.set_viewport_size({"width": 1280, "height": 900})
