"""Pages that are pictures: noticed, offered, and read when that is chosen; only they are."""

from __future__ import annotations

import importlib.util
import io
import sys
from pathlib import Path

import pytest

from index.builder.build import IndexReport
from index.errors import SettingsError
from rag.assemble import Services
from rag.settings import CHOICE, Settings, load_settings
from tests.bag_of_words import BagOfWords
from tests.files import body, pdf
from ui.chat.pages.documents_html import plan_html
from ui.chat.work import BuildState
from ui.cli.text import pictures_text

SCANNED = "The harbour master signed the list of the ferries."


def picture_of(text: str) -> bytes:
    """A page as a scanner sees it, as JPEG."""
    import pypdfium2
    from PIL import Image

    file = pypdfium2.PdfDocument(pdf([body(text, top=700)]))
    drawn = file[0].render(scale=2, rev_byteorder=True).to_numpy().copy()
    file.close()
    out = io.BytesIO()
    Image.fromarray(drawn[:, :, :3]).save(out, "JPEG", quality=90)
    return out.getvalue()


def partly_scanned(path: Path) -> None:
    """A file of a page of text and a page that is a picture."""
    from PIL import Image

    jpeg = picture_of(SCANNED)
    width, height = Image.open(io.BytesIO(jpeg)).size
    mark = "<picture>"
    data = pdf(
        [body("They met in Lindal in May."), "q 612 0 0 792 0 0 cm /I Do Q"],
        objects=(
            f"10 0 obj <</Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace"
            f" /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length {len(jpeg)}>> stream\n"
            f"{mark}\nendstream endobj",
        ),
    )
    data = data.replace(b"/Resources <<", b"/Resources <</XObject <</I 10 0 R>> ")
    path.write_bytes(data.replace(mark.encode(), jpeg))


@pytest.fixture
def services(tmp_path: Path) -> Services:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "note.txt").write_text("The ferry leaves at 7:40.\n")
    (seeds / "scan.jpg").write_bytes(picture_of("The bell of the island was cast in 1771."))
    partly_scanned(seeds / "list.pdf")
    made = Services(Settings(seeds=seeds, home=tmp_path / "home"))
    made.use_embedder(BagOfWords())
    return made


def changed(report: IndexReport) -> list[str]:
    return sorted(seed.id for seed in (*report.plan.added, *report.plan.changed))


def test_pages_that_are_pictures_are_counted_and_offered(services, monkeypatch):
    report = services.builder.build()
    said = "2 documents have 2 pages that are pictures; their text is not in the index"
    assert pictures_text(report.failed) == said
    state = services.builder.state()
    assert state.kind == "fresh"
    assert pictures_text(state.plan.failed) == said
    if importlib.util.find_spec("rapidocr"):
        offered = plan_html(state, BuildState())
        assert f"{said}." in offered
        assert "Read them with text recognition</button>" in offered
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    without = plan_html(state, BuildState())
    assert "<button" not in without
    assert "pip install -c constraints.txt -e &#34;.[ocr]&#34;</code>" in without


@pytest.mark.skipif(
    importlib.util.find_spec("rapidocr") is None, reason="the extra `ocr` is not installed"
)
def test_a_choice_reads_only_the_pictures_and_holds_after_a_restart(services):
    services.builder.build()
    services.read_pictures()
    plan = services.builder.plan()
    assert (plan.rebuild, len(plan.unchanged)) == (None, 1)
    report = services.builder.build()
    assert changed(report) == ["list.pdf", "scan.jpg"]
    assert report.failed == ()
    found = services.searcher.generation()
    assert SCANNED in found.document("list.pdf").text
    assert "1771" in found.document("scan.jpg").text
    assert services.builder.state().kind == "fresh"

    home, seeds = services.settings.home, services.settings.seeds
    again = load_settings(home=home, seeds=seeds)
    assert (again.ocr, again.given["ocr"]) == (True, CHOICE)
    assert Services(again).builder.state().kind == "fresh"
    assert load_settings(home=home, seeds=seeds, ocr=False).ocr is False


def test_what_the_configuration_says_is_not_chosen_otherwise(services):
    if importlib.util.find_spec("rapidocr") is None:
        pytest.skip("the extra `ocr` is not installed")
    fixed = load_settings(home=services.settings.home, seeds=services.settings.seeds, ocr=False)
    with pytest.raises(SettingsError, match="ocr = false stands in a flag: change it there"):
        Services(fixed).read_pictures()


def test_without_the_extra_the_command_that_installs_it_is_the_error(services, monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(SettingsError, match=r"pip install -c constraints\.txt -e"):
        services.read_pictures()
    assert not (services.settings.home / "choices.json").exists()
