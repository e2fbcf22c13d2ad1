"""The page of a report in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import pytest
from playwright.sync_api import expect

from eval.render.page import report_page
from tests.reports import BAD, DECLINED, EVIDENCE, FAILED, WRONG, cited, report, row

# Impacts that the window may not have either: tests/browser/test_window_accessibility.py.
AXE = """axe.run(document, {resultTypes: ['violations']}).then(found => found.violations
  .filter(one => ['serious', 'critical'].includes(one.impact))
  .map(one => one.id + ': ' + one.nodes.map(node => node.html.slice(0, 160)).join(' | ')))"""


@pytest.fixture(scope="module")
def page_url(tmp_path_factory) -> str:
    rows = [
        row(id=f"c{n}", question=f"Question {n} {BAD}", **more)
        for n, more in enumerate([{}, WRONG, DECLINED, FAILED])
    ]
    rows += [row(answer="long" * 200, evidence=[BAD], citations=[cited(0, 9)])]
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(report_page(report(*rows)), encoding="utf-8")
    return path.as_uri()


@contextmanager
def opened(browser, url: str, width: int = 1280, **options) -> Iterator[object]:
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    page = context.new_page()
    requests = []
    # Playwright takes no bound method of a built-in type.
    page.on("request", lambda request: requests.append(request))  # noqa: PLW0108
    page.goto(url)
    yield page
    made = [request.url for request in requests if request.failure != "csp"]
    context.close()
    assert made == [url]


@pytest.mark.enable_socket
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_open_cases_fit_a_phone_and_have_no_violations(browser, page_url, mode):
    with opened(browser, page_url, 390, color_scheme=mode, bypass_csp=True) as page:
        expect(page.locator("details[open]")).to_have_count(0)
        # Cases out of sight are drawn late, and axe looks at what is drawn.
        page.add_style_tag(content=".case { content-visibility: visible !important; }")
        page.get_by_role("button", name="Open all").click()
        expect(page.locator(".case[open]")).to_have_count(5)
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        expect(page.locator(".case mark").first).to_have_text(EVIDENCE[:20])
        page.evaluate(files("axe_playwright_python").joinpath("axe.min.js").read_text())
        assert page.evaluate(AXE) == []


@pytest.mark.enable_socket
def test_the_filter_narrows_the_list_and_nothing_else_may_run(browser, page_url):
    with opened(browser, page_url) as page:
        page.get_by_label("Verdict").select_option("wrong")
        expect(page.locator(".case:visible")).to_have_count(1)
        page.get_by_label("Verdict").select_option("")
        page.get_by_label("Words").fill("question 2")
        assert page.locator(".case:visible .question").inner_text().startswith("Question 2 </")
        expect(page.locator("output")).to_have_text("1 of 5 cases are shown.")
        script = "const s = document.createElement('script'); s.text = 'document.title = 1'; "
        page.evaluate(f"() => {{ {script} document.body.append(s); }}")
        page.evaluate("() => { new Image().src = 'http://127.0.0.1:9/x.png'; }")
        assert page.title() == "Footnote evaluation: lindal"


@pytest.mark.enable_socket
def test_the_page_is_whole_without_a_script(browser, page_url):
    with opened(browser, page_url, java_script_enabled=False) as page:
        expect(page.locator(".case:visible")).to_have_count(5)
        expect(page.locator("form")).to_be_hidden()
