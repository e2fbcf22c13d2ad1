"""Pages without text are recognised."""

from __future__ import annotations

import importlib.util
import io
from collections.abc import Sequence

import numpy as np
import pytest

from index.errors import LoadError
from index.loaders import load_seed
from index.types import Document
from tests.files import body, line_at, pdf

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("rapidocr") is None, reason="the extra `ocr` is not installed"
)


def document(data: bytes, name: str = "a.pdf") -> Document:
    return load_seed(name, data, "0" * 64, ocr=True).documents[0]


def picture_of(*pages: str) -> list[np.ndarray]:
    """Pages drawn by pdfium, as a scanner would see them."""
    import pypdfium2

    file = pypdfium2.PdfDocument(pdf(pages))
    drawn = [page.render(scale=2, rev_byteorder=True).to_numpy().copy() for page in file]
    file.close()
    return drawn


def image_file(pictures: Sequence[np.ndarray], kind: str) -> bytes:
    from PIL import Image

    first, *others = [Image.fromarray(picture) for picture in pictures]
    out = io.BytesIO()
    first.save(out, kind, **({"save_all": True, "append_images": others} if others else {}))
    return out.getvalue()


def test_a_page_on_which_nothing_is_recognised_keeps_its_number():
    outlines = "1 0 0 RG 2 w 100 700 m 200 700 l S"
    found = document(pdf([body("They met in Seoul."), outlines]))
    assert found.text.strip() == "They met in Seoul."
    assert len(found.pages) == 2


def test_a_picture_is_recognised_line_by_line():
    (page,) = picture_of(
        body("The two ministers met in Seoul.", "They signed a memorandum.", top=700)
        + body("The swap was renewed in 2025.", top=600)
    )
    found = document(image_file([page], "PNG"), "scan.png")
    assert found.text.strip() == (
        "The two ministers met in Seoul.\nThey signed a memorandum.\n\n"
        "The swap was renewed in 2025."
    )
    assert found.pages == ()


def test_two_columns_are_read_one_after_the_other():
    left = [f"Left column line number {n} here" for n in range(6)]
    right = [f"Right column line number {n} here" for n in range(6)]
    rows = [
        line_at(650 - 16 * n, text, x=x)
        for x, column in ((50, left), (330, right))
        for n, text in enumerate(column)
    ]
    heading = line_at(700, "A heading that goes across both of the columns of this page", x=120)
    (page,) = picture_of("\n".join([heading, *rows]))
    text = document(image_file([page], "PNG"), "scan.png").text
    places = [text.index(words) for words in ("A heading", *left, *right)]
    assert places == sorted(places)


def test_the_pictures_of_a_tiff_are_its_pages():
    pages = picture_of(body("The first page of it."), "", body("The third page of it."))
    found = document(image_file(pages, "TIFF"), "fax.tiff")
    assert [page.of(found.text).strip() for page in found.pages] == [
        "The first page of it.",
        "",
        "The third page of it.",
    ]


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0" + b"\0" * 40])
def test_a_damaged_picture_is_refused(data):
    with pytest.raises(LoadError, match="not readable as a picture"):
        document(data, "a.png" if data[0] == 0x89 else "a.jpg")


def test_a_scanned_report_is_recognised(shared_data):
    (path,) = (shared_data / "formats" / "hostile").glob("MEDRPT*.pdf")
    found = document(path.read_bytes(), path.name)
    assert len(found.pages) == 3
    assert "Blood Pressure 142/88 mmHg 120/80 mmHg ELEVATED" in found.text
    assert found.page_at(found.text.index("Start Sumatriptan 50mg")) == 3
