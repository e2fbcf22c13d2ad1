"""The pictures of the window in ``docs/images/``: three widths, light and dark, every page.

Needs chromium and the extra ``dev``.

    python bench/screenshots.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from window import BOX, ROOT, opened, served, started

IMAGES = ROOT / "docs" / "images"
QUESTIONS = ("When was APEC founded?", "What is a currency swap between central banks?")
WIDTHS = ((1600, 950), (1024, 768), (390, 844))


def main() -> None:
    """Take them all."""
    with (
        tempfile.TemporaryDirectory() as place,
        sync_playwright() as playwright,
        served(Path(place)) as (url, _),
    ):
        chromium = started(playwright)
        for mode in ("light", "dark"):
            for width, height in WIDTHS:
                page = opened(chromium, url, viewport=(width, height), mode=mode)
                _chat(page, is_narrow=width < 900)
                page.screenshot(path=IMAGES / f"chat-{width}-{mode}.png")
                page.context.close()
            page = opened(chromium, url, viewport=WIDTHS[0], mode=mode)
            page.get_by_role("tab", name="Evaluation").click()
            page.get_by_label("Questions of each kind").fill("5")
            page.get_by_role("button", name="Run", exact=True).click()
            page.wait_for_selector("#fn-eval-summary table", timeout=300_000)
            for name in ("Documents", "Evaluation", "Settings"):
                page.get_by_role("tab", name=name).click()
                page.wait_for_timeout(3000)
                page.screenshot(path=IMAGES / f"{name.lower()}-1600-{mode}.png")
            page.context.close()
        chromium.close()


def _chat(page: Page, *, is_narrow: bool) -> None:
    """Two questions asked, the document of the last citation open where there is room."""
    for n, question in enumerate(QUESTIONS, start=1):
        page.fill(BOX, question)
        page.press(BOX, "Enter")
        page.wait_for_function(
            "n => document.querySelectorAll('.fn-do-copy').length === n", arg=n, timeout=60_000
        )
    if not is_narrow:
        page.locator("#fn-evidence .fn-move").first.click()
        page.wait_for_selector(".fn-page")
    page.wait_for_timeout(4000)


if __name__ == "__main__":
    main()
