"""Pages of PDF as pictures: the marked region is where the cited words are, and nowhere else."""

from __future__ import annotations

import hashlib
import io
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from index.builder.pictures import Pictures
from index.builder.sandbox import Limits
from index.errors import LoadError, PictureError
from index.loaders import load_seed
from index.loaders.pdf.picture import Marked, found_words, page_picture, words_in
from index.text.sentences import sentence_spans
from index.types import Document, Span
from rag.assemble import Services
from rag.conversations.archive import Archive
from rag.settings import Settings
from tests.bag_of_words import BagOfWords
from tests.files import body, line_at, pdf
from ui.chat.work import Work
from ui.server.api import build_api
from ui.server.metrics import Metrics

SCALE = 110 / 72
TEXT = (
    "The harbour of Lindal was built in 1931.",
    "Its gates open at six. The harbour master",
    "is Anna Berg. The tower was added later.",
)


def pixels(png: bytes) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def yellow(png: bytes) -> np.ndarray:
    """Which pixels are marked: paper there is yellow."""
    red, _, blue = np.moveaxis(pixels(png), 2, 0)
    return red - blue > 60


def lines_marked(png: bytes, lines: int, top: float = 600) -> list[float]:
    """For each line of ``body`` the marked width in points."""
    mask = yellow(png)
    out = []
    for n in range(lines):
        y = round((792 - (top - 14 * n) - 3) * SCALE)  # through the middle of small letters
        columns = np.flatnonzero(mask[y])
        out.append(float(np.ptp(columns)) / SCALE if columns.size else 0.0)
    return out


def drawn(data: bytes, quote: str, number: int = 1, before: int = 0) -> bytes:
    return page_picture(data, number, Marked(quote, before))


def test_the_marked_region_is_where_the_words_are():
    data = pdf([body(*TEXT)])
    png = drawn(data, "The harbour master\nis Anna Berg.", before=13)
    widths = lines_marked(png, 3)
    assert widths[0] == 0
    assert 80 < widths[1] < 110  # "The harbour master" in Helvetica 11
    assert 55 < widths[2] < 80
    columns = np.flatnonzero(yellow(png).any(axis=0)) / SCALE
    rows = 792 - np.flatnonzero(yellow(png).any(axis=1)) / SCALE
    assert columns.min() == pytest.approx(72, abs=2)  # where "is Anna Berg" begins
    assert 572 > rows.min() > 564
    assert 597 > rows.max() > 588


def test_what_is_dark_stays_dark():
    data = pdf([body(*TEXT)])
    plain, marked = pixels(drawn(data, "")), pixels(drawn(data, TEXT[0]))
    assert plain.shape == marked.shape == (1210, 935, 3)
    ink = plain.sum(axis=2) < 120
    assert np.abs(plain[ink] - marked[ink]).max() < 60


def test_of_the_same_words_those_at_the_place_are_marked():
    data = pdf([body("He said yes.", "She said no.", "They said yes.")])
    first, last = drawn(data, "said yes", before=1), drawn(data, "said yes", before=7)
    assert [w > 0 for w in lines_marked(first, 3)] == [True, False, False]
    assert [w > 0 for w in lines_marked(last, 3)] == [False, False, True]


def test_words_that_the_loader_has_mended_or_dropped_are_found():
    pages = [
        line_at(760, "Annual report 2024")
        + body("They gave infor-", f"mation about harbour {n}.")
        + line_at(30, f"Page {n} of 5")
        for n in range(1, 6)
    ]
    data = pdf(pages)
    found = load_seed("a.pdf", data, "0" * 64).documents[0]
    second = found.pages[1].of(found.text).strip()
    assert "Annual" not in second
    widths = lines_marked(drawn(data, second.replace("infor-\nmation", "information"), 2), 2)
    assert all(width > 60 for width in widths)


def test_nothing_is_marked_where_too_little_matches():
    data = pdf([body(*TEXT)])
    assert not yellow(drawn(data, "The swap line was renewed in Seoul in 1931.")).any()
    assert not yellow(drawn(data, "")).any()
    assert not yellow(drawn(pdf(["2 w 100 700 m 200 700 l S"]), TEXT[0])).any()


def test_a_quote_that_differs_in_a_word_is_marked_without_it():
    page = [word for word, _, _ in words_in(" ".join(TEXT))]
    quote = [word for word, _, _ in words_in("The harbour of old Lindal was built in 1931")]
    assert found_words(quote, page, 0) == [0, 1, 2, 3, 4, 5, 6, 7]


def test_a_turned_page_is_marked_where_its_words_are():
    data = pdf([body(*TEXT)], page="/Rotate 90")
    png = drawn(data, TEXT[1])
    assert pixels(png).shape == (935, 1210, 3)
    rows, columns = np.nonzero(yellow(png))
    assert columns.min() / SCALE == pytest.approx(600 - 14 - 3, abs=3)
    assert (columns.max() - columns.min()) / SCALE < 16
    assert rows.min() / SCALE == pytest.approx(72, abs=2)


@pytest.mark.parametrize("box", ["[0 0 14400 14400]", "[0 0 1000000 10]", "[0 0 1 1]"])
def test_a_page_of_any_size_is_a_picture_of_bounded_size(box):
    data = pdf([body(*TEXT)]).replace(b"[0 0 612 792]", box.encode())
    height, width, _ = pixels(drawn(data, TEXT[0])).shape
    assert 1 <= min(height, width) <= max(height, width) <= 1801


def test_languages_without_spaces_are_words_letter_by_letter():
    assert [word for word, _, _ in words_in("泉寺に3人が")] == ["泉", "寺", "に", "3", "人", "が"]


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 nothing", b"\x00" * 100])
def test_what_is_no_pdf_is_refused_in_words(data):
    with pytest.raises(LoadError, match="page 1 cannot be drawn"):
        drawn(data, "x")


def test_a_page_that_is_not_there_is_refused_in_words():
    with pytest.raises(LoadError, match="it has no page 3, but 1"):
        drawn(pdf([body(*TEXT)]), "x", 3)


# The process that draws


def document(name: str, data: bytes) -> Document:
    return load_seed(name, data, hashlib.sha256(data).hexdigest()).documents[0]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory):
    made = Pictures(tmp_path_factory.mktemp("pictures"), Limits(60, 1000))
    yield made
    made.stop()


def test_the_process_goes_on_after_it_was_killed(pictures):
    data = pdf([body(*TEXT)])
    (pictures._folder / "a.pdf").write_bytes(data)
    found = document("a.pdf", data)
    first = pictures.page(found, 1, Span(0, 40))
    pictures._process.interrupt()
    pictures._process._process.join(5)
    assert pictures.page(found, 1, Span(0, 40)) == first


def test_a_page_that_takes_too_long_is_an_error_in_words(pictures):
    data = pdf([body(*TEXT)])
    (pictures._folder / "b.pdf").write_bytes(data)
    hasty = Pictures(pictures._folder, Limits(0.0, 1000))
    with pytest.raises(LoadError, match=r"page 1 of b\.pdf takes longer than 0 s"):
        hasty.page(document("b.pdf", data), 1, Span(0, 40))


def test_risk_17_a_page_that_takes_too_long_is_not_waited_for_again(pictures):
    data = pdf([body(*TEXT)])
    (pictures._folder / "slow.pdf").write_bytes(data)
    hasty = Pictures(pictures._folder, Limits(0.0, 1000))
    took = []
    for _ in range(2):
        began = time.monotonic()
        with pytest.raises(LoadError, match="takes longer"):
            hasty.page(document("slow.pdf", data), 1, Span(0, 40))
        took.append(time.monotonic() - began)
    assert took[1] < took[0] / 5  # no process was started


def test_a_page_that_needs_too_much_memory_is_an_error_and_others_are_drawn(pictures):
    picture = (
        "10 0 obj <</Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace"
        " /DeviceRGB /BitsPerComponent 8 /Length 1>> stream\n0\nendstream endobj"
    )
    large = pdf([body(*TEXT) + "q 600 0 0 600 0 0 cm /I Do Q"], objects=(picture,))
    large = large.replace(b"/Resources <<", b"/Resources <</XObject <</I 10 0 R>> ")
    (pictures._folder / "large.pdf").write_bytes(large)
    (pictures._folder / "a.pdf").write_bytes(pdf([body(*TEXT)]))
    with suppress(LoadError):  # or drawn without its image
        assert pictures.page(document("large.pdf", large), 1, Span(0, 40))
    assert pictures.page(document("a.pdf", pdf([body(*TEXT)])), 1, Span(0, 40))


def test_the_users_pdf_has_a_picture_of_every_page(shared_seeds, pictures):
    paths = sorted(shared_seeds.rglob("*.pdf"))
    if not paths:
        pytest.skip("the user's documents hold no PDF")
    for path in paths:
        theirs = Pictures(shared_seeds, Limits(60, 1000))
        found = document(path.relative_to(shared_seeds).as_posix(), path.read_bytes())
        for number, span in enumerate(found.pages, start=1):
            assert theirs.page(found, number, Span(span.start, max(span.end, span.start + 1)))
        theirs.stop()


@pytest.mark.slow
def test_most_sentences_of_a_real_file_are_found_whole(repo):
    path = repo / "seeds" / "currency-swaps.pdf"
    found = document(path.name, path.read_bytes())
    for number, page in enumerate(found.pages, start=1):
        for span in sentence_spans(page.of(found.text), found.language):
            quote = span.shifted(page.start).of(found.text)
            before = len(words_in(page.of(found.text)[: span.start]))
            png = page_picture(path.read_bytes(), number, Marked(quote, before))
            assert yellow(png).sum() > 40 * len(quote), quote


# The route


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory):
    place: Path = tmp_path_factory.mktemp("pages")
    seeds = place / "seeds"
    (seeds / "år").mkdir(parents=True)
    (seeds / "år" / "a b.pdf").write_bytes(pdf([body(*TEXT), body("They left.")]))
    for name in ("changed.pdf", "gone.pdf", "broken.pdf"):
        (seeds / name).write_bytes(pdf([body(f"The file {name} was read.")]))
    (seeds / "note.txt").write_text("The ferry to Lindal leaves at 7:40.\n")
    services = Services(Settings(seeds=seeds, home=place / "home"))
    services.use_embedder(BagOfWords())
    services.builder.build()
    (seeds / "changed.pdf").write_bytes(pdf([body("Something else was written.")]))
    (seeds / "gone.pdf").unlink()
    (seeds / "broken.pdf").unlink()
    (seeds / "broken.pdf").symlink_to("/etc/passwd")
    work = Work.of(services)
    api = build_api(services, Archive(services.settings.home), work, Metrics(work))
    yield TestClient(api, base_url="http://127.0.0.1")
    services.pictures.stop()


def test_a_page_is_served_as_a_picture_that_the_browser_keeps(served):
    text = served.get("/api/documents/år/a b.pdf").json()["text"]
    start = text.index("The harbour master")
    reply = served.get(f"/api/pages/år/a b.pdf?page=1&start={start}&end={start + 32}")
    assert reply.headers["content-type"] == "image/png"
    assert reply.headers["cache-control"] == "private, max-age=3600"
    assert [width > 0 for width in lines_marked(reply.content, 3)] == [False, True, True]


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("nowhere.pdf?page=1&start=0&end=5", 404, "nowhere.pdf"),
        ("note.txt?page=1&start=0&end=5", 422, "note.txt is no PDF"),
        ("år/a b.pdf?page=3&start=0&end=5", 422, "has pages 1 to 2, not 3"),
        ("år/a b.pdf?page=0&start=0&end=5", 422, "has pages 1 to 2, not 0"),
        ("år/a b.pdf?page=2&start=0&end=5", 422, "page 2 of år/a b.pdf has characters"),
        ("år/a b.pdf?page=1&start=9&end=5", 422, "not a span: 9:5"),
        ("år/a b.pdf?page=1&start=-9&end=5", 422, "not a span: -9:5"),
        ("år/a b.pdf?page=1&start=99999&end=999999", 422, "not 99999:999999"),
        ("år/a b.pdf?page=x&start=0&end=5", 422, "page: Input should be a valid integer"),
        ("år/a b.pdf?page=1", 422, "start: Field required"),
        ("changed.pdf?page=1&start=0&end=5", 409, "has changed since it was indexed: rebuild"),
        ("gone.pdf?page=1&start=0&end=5", 404, "is no longer in the folder: rebuild"),
        ("broken.pdf?page=1&start=0&end=5", 409, "has changed since it was indexed: rebuild"),
        ("../../etc/passwd?page=1&start=0&end=5", 404, ""),
    ],
)
def test_what_cannot_be_shown_is_told(served, path, status, told):
    reply = served.get(f"/api/pages/{path}")
    assert reply.status_code == status
    assert told in reply.json().get("error", "")


def test_an_attached_file_has_no_picture(pictures):
    (pictures._folder / "letter.eml").mkdir(exist_ok=True)
    found = document("a.pdf", pdf([body(*TEXT)]))
    inside = Document(
        "letter.eml/a.pdf", "a", found.text, found.sha256, found.media_type, found.pages
    )
    with pytest.raises(Exception, match=r"letter\.eml/a\.pdf is no longer in the folder"):
        pictures.page(inside, 1, Span(0, 5))


def test_a_span_is_checked_before_a_process_is_started(tmp_path):
    none = Pictures(tmp_path, Limits(60, 1000))
    with pytest.raises(PictureError, match="is no PDF"):
        none.page(Document("a.txt", "a", "text", "", "text/plain"), 1, Span(0, 1))
    assert none._process._process is None
