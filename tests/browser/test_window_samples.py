"""A window where there is no documents folder yet: it says what to do, and brings the samples."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from eval.samples import SAMPLES

pytestmark = pytest.mark.enable_socket


def test_a_window_without_documents_offers_the_samples(serve_window, open_page, tmp_path):
    served = serve_window(tmp_path / "seeds", tmp_path / "home")
    assert "No documents in" in served.log.read_text()
    with open_page(served) as page:
        expect(page.locator("#fn-index")).to_contain_text("no folder")
        expect(page.locator("#fn-suggested")).to_contain_text("There is nothing to ask yet")
        assert not (tmp_path / "seeds").exists()
        page.get_by_role("button", name="Try it with the sample documents").click()
        expect(page.locator("#fn-suggested")).to_contain_text("read for the first time")
        expect(page.get_by_role("button", name="Cancel")).to_be_visible()
    copied = {path.relative_to(served.seeds) for path in served.seeds.rglob("*")}
    assert copied == {path.relative_to(SAMPLES) for path in SAMPLES.rglob("*")}
