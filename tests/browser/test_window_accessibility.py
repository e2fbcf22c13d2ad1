"""axe-core over every page of the window, in light and dark: no serious or critical violation."""

from __future__ import annotations

import hashlib
from importlib.resources import files

import pytest

QUESTION = "#fn-question textarea"
# axe.min.js of the npm package axe-core 4.12.1; the Python package adds a line end.
AXE_SHA256 = "66a8aaa95a8b044a7fd74a5435873bf04ff65a1ca75567c921b7509742085a14"
RUN = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
  .filter(one => ['serious', 'critical'].includes(one.impact))
  .map(one => one.id + ': ' + one.nodes.map(node => node.html.slice(0, 160)).join(' | ')))"""

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def axe() -> str:
    text = files("axe_playwright_python").joinpath("axe.min.js").read_bytes().rstrip(b"\n")
    assert hashlib.sha256(text).hexdigest() == AXE_SHA256
    return text.decode()


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, serve_window, write):
    place = tmp_path_factory.mktemp("accessible")
    harbour = "The harbour of Lindal was built in 1931. The harbour master is Anna Berg.\n"
    write(place / "seeds", {"harbour.txt": harbour})
    return serve_window(place / "seeds", place / "home")


def violations(page, axe: str) -> list[str]:
    page.evaluate(axe)
    return page.evaluate(RUN)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_no_page_has_serious_violations(open_page, window, axe, mode) -> None:
    with open_page(window, color_scheme=mode) as page:
        page.wait_for_selector("#fn-suggested button")
        assert violations(page, axe) == []
        page.fill(QUESTION, "Who is the harbour master?")
        page.press(QUESTION, "Enter")
        page.locator(".fn-do-dislike").click(timeout=60_000)
        page.wait_for_selector(".fn-form")
        page.locator("button.fn-chip").first.click()
        assert violations(page, axe) == []
        page.locator("#fn-evidence .fn-move").first.click()
        page.wait_for_selector(".fn-document")
        assert violations(page, axe) == []
        for tab in ("Documents", "Evaluation", "Settings"):
            page.get_by_role("tab", name=tab).click()
            page.wait_for_timeout(500)
            assert violations(page, axe) == [], tab
