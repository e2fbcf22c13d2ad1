"""PDF files, pictures and languages: pages, headings, broken words, attachments, recognition."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import LoadError
from index.loaders import Loaded, load_seed
from index.loaders.extract import Source
from index.loaders.pdf.layout import Bookmark, Layout, Line
from index.loaders.pdf.text import read
from index.text.hyphens import BROKEN
from index.types import Document
from tests.files import body, line_at, pdf

needs_no_ocr = pytest.mark.skipif(
    importlib.util.find_spec("rapidocr") is not None, reason="the extra `ocr` is installed"
)
needs_language = pytest.mark.skipif(
    importlib.util.find_spec("py3langid") is None, reason="py3langid is not installed"
)


def loaded(data: bytes, name: str = "a.pdf", *, ocr: bool = False) -> Loaded:
    return load_seed(name, data, "0" * 64, ocr=ocr)


def document(data: bytes, name: str = "a.pdf", *, ocr: bool = False) -> Document:
    return loaded(data, name, ocr=ocr).documents[0]


def headings(found: Document) -> list[tuple[str, int, int | None]]:
    return [(h.text, h.level, found.page_at(h.start)) for h in found.headings]


# Headings

OUTLINE = (
    "10 0 obj <</Type /Outlines /First 11 0 R /Last 12 0 R /Count 2>> endobj",
    "11 0 obj <</Title (The summit) /Parent 10 0 R /Next 12 0 R /First 13 0 R /Last 13 0 R"
    " /Dest [100 0 R /XYZ 0 620 0]>> endobj",
    "12 0 obj <</Title (The swap) /Parent 10 0 R /Prev 11 0 R /Dest [102 0 R /Fit]>> endobj",
    "13 0 obj <</Title (Papers) /Parent 11 0 R /Dest [100 0 R /XYZ 0 500 0]>> endobj",
)


def test_the_outline_gives_headings_where_their_lines_start():
    first = body("The summit", "They met in Seoul.") + body("1.1 Papers", "Two.", top=500)
    data = pdf(
        [first, body("They agreed.", "2. The", "swap", "It was renewed.")],
        objects=OUTLINE,
        catalog="/Outlines 10 0 R",
    )
    found = document(data)
    assert headings(found) == [("The summit", 1, 1), ("Papers", 2, 1), ("The swap", 1, 2)]
    assert [found.text[h.start :].split("\n")[0] for h in found.headings] == [
        "The summit",
        "1.1 Papers",
        "2. The",
    ]


def test_a_bookmark_whose_words_are_not_on_the_page_is_at_the_height_that_it_points_to():
    data = pdf(
        [body("A summit", "They met.") + body("Documents", "Two.", top=496), body("A loan")],
        objects=OUTLINE,
        catalog="/Outlines 10 0 R",
    )
    found = document(data)
    assert [(h.text, found.text[h.start :].split("\n")[0]) for h in found.headings] == [
        ("The summit", "A summit"),
        ("Papers", "Documents"),
        ("The swap", "A loan"),
    ]


def test_an_outline_that_runs_in_a_circle_or_to_no_page_does_not_fail_the_file():
    objects = (
        "10 0 obj <</Type /Outlines /First 11 0 R /Last 11 0 R /Count 1>> endobj",
        "11 0 obj <</Title (Round) /Parent 10 0 R /Next 11 0 R /Dest [999 0 R /Fit]>> endobj",
    )
    data = pdf([body("They met.")], objects=objects, catalog="/Outlines 10 0 R")
    assert document(data).headings == ()


def test_the_tags_of_a_pdf_give_headings_and_one_of_two_lines_is_one_heading():
    content = "\n".join(
        f"/{tag} <</MCID {n}>> BDC {text} EMC"
        for n, (tag, text) in enumerate(
            [
                ("H1", line_at(700, "The summit of")),
                ("H1", line_at(686, "two presidents")),
                ("P", line_at(672, "They met.")),
                ("H2", line_at(658, "Papers")),
                ("P", line_at(644, "They signed two.")),
            ]
        )
    )
    objects = (
        "10 0 obj <</Type /StructTreeRoot /K 11 0 R /ParentTree 20 0 R>> endobj",
        "11 0 obj <</S /Document /P 10 0 R /K [12 0 R 13 0 R 14 0 R 15 0 R]>> endobj",
        "12 0 obj <</S /H1 /P 11 0 R /Pg 100 0 R /K [0 1]>> endobj",
        "13 0 obj <</S /P /P 11 0 R /Pg 100 0 R /K 2>> endobj",
        "14 0 obj <</S /H2 /P 11 0 R /Pg 100 0 R /K 3>> endobj",
        "15 0 obj <</S /P /P 11 0 R /Pg 100 0 R /K 4>> endobj",
        "20 0 obj <</Nums [0 [12 0 R 12 0 R 13 0 R 14 0 R 15 0 R]]>> endobj",
    )
    catalog = "/MarkInfo <</Marked true>> /StructTreeRoot 10 0 R"
    found = document(pdf([content], objects=objects, catalog=catalog, page="/StructParents 0"))
    assert found.text == (
        "The summit of two presidents\n\nThey met.\n\nPapers\n\nThey signed two.\n\n"
    )
    assert headings(found) == [("The summit of two presidents", 1, 1), ("Papers", 2, 1)]


def test_without_outline_and_tags_short_lines_in_larger_type_are_headings():
    content = "\n".join(
        [
            line_at(700, "The summit", size=22),
            line_at(660, "Papers", size=16),
            body("They signed two papers and then they left for home.", "Nobody stayed.", top=640),
            line_at(590, "This one is large, and a whole sentence.", size=16),
            line_at(560, "1, 2", size=16),
        ]
    )
    assert headings(document(pdf([content]))) == [("The summit", 1, 1), ("Papers", 2, 1)]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "count", "first"),
    [
        ("employee_handbook.pdf", 10, "Contoso Electronics Employee Handbook"),
        ("role_library.pdf", 31, "Contoso Electronics Role Library"),
        ("Northwind_Standard_Benefits_Details.pdf", 107, "Summary of Benefits"),
    ],
)
def test_the_headings_of_real_files_are_found_and_start_lines(shared_data, name, count, first):
    path = shared_data / "azure_northwind" / "documents" / name
    found = document(path.read_bytes(), name)
    assert (len(found.headings), found.headings[0].text) == (count, first)
    for heading in found.headings:
        assert found.text[: heading.start].endswith("\n\n")
        assert found.text[heading.start :].startswith(heading.text + "\n\n")


# Running lines


def test_headers_footers_and_page_numbers_stay_where_they_are_first_only():
    pages = [
        line_at(760, "Annual report 2024")
        + body(f"The text of part {n + 5} is here.")
        + line_at(30, f"Page {n + 3} of 12")
        for n in range(6)
    ]
    found = document(pdf(pages))
    assert found.text.count("Annual report 2024") == 1
    assert found.text.count("of 12") == 1
    assert [page.of(found.text).strip() for page in found.pages[1:]] == [
        f"The text of part {n + 5} is here." for n in range(1, 6)
    ]


def test_lines_that_differ_or_stand_inside_the_page_are_no_running_lines():
    pages = [line_at(760, f"Invoice {4711 + 13 * n}") + body("Total", f"{n} won") for n in range(6)]
    found = document(pdf(pages))
    assert found.text.count("Invoice") == 6
    assert found.text.count("Total") == 6


# Broken words


def mended(*lines: str) -> str:
    layout = Layout()
    layout.add([Line(text, 700 - 12 * n, 689 - 12 * n, 11) for n, text in enumerate(lines)], 792)
    return layout.result()[0].strip()


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ((f"in{BROKEN}", "network care is in-network"), "in-network care is in-network"),
        ((f"infor{BROKEN}", "mation is information"), "information is information"),
        ((f"ankle{BROKEN}", "related: ankle, related"), "ankle-related: ankle, related"),
        ((f"some inves{BROKEN}", "tors came"), "some investors came"),
        ((f"inter{BROKEN}", "Korean talks"), "inter-Korean talks"),
        ((f"2018{BROKEN}", "2019"), "2018-2019"),
        ((f"SE{BROKEN}", "QUENCE"), "SEQUENCE"),
        ((f"out{BROKEN}", "of-pocket, out-of-pocket"), "out-of-pocket, out-of-pocket"),
        ((f"the end of it{BROKEN}",), "the end of it-"),
    ],
)
def test_the_document_decides_whether_a_hyphen_at_the_end_of_a_line_stays(lines, text):
    assert mended(*lines) == text


def test_a_word_that_nothing_decides_goes_with_most_of_the_others():
    kept = (f"in{BROKEN}", f"network or out{BROKEN}", "side: in-network, out-side")
    assert mended(f"cutting{BROKEN}", "edge", *kept).startswith("cutting-edge")


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "in", "net", "Korea", "7", "x-y"]), st.booleans()),
        max_size=30,
    )
)
def test_pages_and_headings_keep_their_place_when_hyphens_are_dropped(words):
    layout = Layout({n: [Bookmark(f"begin{n}", 1)] for n in range(len(words) + 1)})
    broken = [Line(word + BROKEN * is_broken, 700, 689, 11) for word, is_broken in words]
    for n in range(len(words) + 1):
        layout.add([Line(f"begin{n}", 720, 709, 11), *broken], 792)
    text, pages, found = layout.result()
    assert BROKEN not in text
    assert "".join(page.of(text) for page in pages) == text
    assert [text[h.start :].startswith(h.text) for h in found] == [True] * len(pages)
    assert [page.start for page in pages] == [h.start for h in found]


def test_compounds_of_a_real_file_keep_their_hyphens(shared_data):
    name = "Northwind_Health_Plus_Benefits_Details.pdf"
    text = document((shared_data / "azure_northwind" / "documents" / name).read_bytes(), name).text
    assert "innetwork" not in text
    assert "ofnetwork" not in text
    assert "pre-authorization" in text


# Damage and protection


def test_a_page_that_cannot_be_read_is_named_and_the_others_are_read():
    data = pdf([body("One."), body("Two.")]).replace(b"102 0 obj <</Type /Page", b"102 0 obj <</")
    found = loaded(data.replace(b"102 0 R]", b"999 0 R]"))
    assert [page.of(found.documents[0].text).strip() for page in found.documents[0].pages] == [
        "One.",
        "",
    ]
    assert [f.reason for f in found.failures] == ["of its 2 pages, 2 is damaged"]


def test_a_file_none_of_whose_pages_can_be_read_is_refused():
    with pytest.raises(LoadError, match="none of its pages can be read"):
        document(pdf([body("One.")]).replace(b"100 0 R]", b"999 0 R]"))


def test_pages_that_are_pictures_are_named_and_blank_ones_are_not():
    picture = "q {} 0 0 {} 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x80 EI Q"
    scan, logo = picture.format(612, 792), picture.format(60, 60)
    found = loaded(pdf([body("One."), scan, "", logo, scan, body("Six.") + scan]))
    assert [page.of(found.documents[0].text).strip() for page in found.documents[0].pages] == [
        "One.", "", "", "", "", "Six.",
    ]  # fmt: skip
    assert [f.reason for f in found.failures] == [
        "of its 6 pages, 2, 5 are pictures (set ocr = true to read them)"
    ]


def test_damage_inside_the_content_of_a_page_leaves_the_other_pages():
    found = document(pdf([body("One."), "BT /F1 ((( Tj \xff\x00", body("Three.")]))
    assert [page.of(found.text).strip() for page in found.pages] == ["One.", "", "Three."]


def test_a_copy_protected_file_is_read(shared_data):
    path = shared_data / "formats" / "hostile" / "copy-protected.pdf"
    assert "LayoutParser" in document(path.read_bytes()).text


def test_a_password_is_the_reason_given(shared_data):
    path = shared_data / "formats" / "hostile" / "password.pdf"
    with pytest.raises(LoadError, match="it needs a password: save it without"):
        document(path.read_bytes())


# Attached files

EMBEDDED = (
    "10 0 obj <</Names [(note.txt) 11 0 R (../../up.md) 13 0 R (gone.txt) 15 0 R]>> endobj",
    "11 0 obj <</Type /Filespec /F (note.txt) /UF (note.txt) /EF <</F 12 0 R>>>> endobj",
    "12 0 obj <</Type /EmbeddedFile /Length 9>> stream\nThey met.\nendstream endobj",
    "13 0 obj <</Type /Filespec /F (../../up.md) /EF <</F 14 0 R>>>> endobj",
    "14 0 obj <</Type /EmbeddedFile /Length 6>> stream\n# Up\n\n\nendstream endobj",
    "15 0 obj <</Type /Filespec /F (gone.txt)>> endobj",
)


def test_attached_files_are_documents_and_one_that_is_not_readable_is_reported():
    data = pdf(
        [body("See the files.")], objects=EMBEDDED, catalog="/Names <</EmbeddedFiles 10 0 R>>"
    )
    found = loaded(data)
    assert [d.id for d in found.documents] == ["a.pdf", "a.pdf/note.txt", "a.pdf/up.md"]
    assert found.documents[1].text == "They met."
    assert [(f.document, "empty" in f.reason) for f in found.failures] == [("a.pdf/gone.txt", True)]


def test_the_file_attached_to_a_real_pdf_is_given(shared_data):
    path = shared_data / "formats" / "ok" / "with-attachment.pdf"
    (attached,) = read(Source(path.read_bytes(), path.name)).attachments
    assert attached.name == "image.png"
    assert attached.data.startswith(b"\x89PNG")


# Recognition


@needs_no_ocr
def test_without_the_extra_the_remedy_is_said():
    with pytest.raises(LoadError, match=r'pip install "\.\[ocr\]"'):
        document(pdf([""]), ocr=True)


# Languages


@needs_language
@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The two ministers met in Seoul and signed a memorandum.", "en"),
        ("Los ministros se reunieron en Seúl y firmaron un acuerdo.", "es"),
        ("Die Minister trafen sich in Seoul und unterschrieben ein Abkommen.", "de"),
        ("两国部长在首尔会晤并签署了一份谅解备忘录。", "zh"),
        ("양국 장관은 서울에서 만나 양해각서에 서명했다.", "ko"),
        ("両国の大臣はソウルで会談し、覚書に署名した。", "ja"),
        ("", "und"),
        ("42 | 17 | 33", "und"),
        ("ok", "und"),
    ],
)
def test_the_language_of_a_text_is_told_or_left_undecided(text, language):
    from index.text.language import language_of

    assert language_of(text) == language


@needs_language
@pytest.mark.parametrize(("folder", "language"), [("xquad_zh", "zh"), ("xquad_es", "es")])
def test_the_language_of_real_documents_is_right(shared_data, folder, language):
    from index.text.language import language_of

    texts = [
        path.read_text(encoding="utf-8")
        for path in sorted(Path(shared_data / folder / "documents").iterdir())
    ]
    assert {language_of(text) for text in texts} == {language}
