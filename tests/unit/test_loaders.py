"""Loaders: the text of each format, with headings, pages, title and date, or a reason why not."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import docx
import pytest

from index.errors import LoadError
from index.loaders import PICTURES, SUPPORTED, load_seed
from index.loaders.unsupported import _BY_ENDING, _REMEDIES
from index.types import Document, Heading
from tests.files import load, pdf_of_lines, reason, rewritten, saved

FORMATS = Path(__file__).resolve().parents[3] / "shared" / "data" / "formats"


def outcome(name: str, data: bytes) -> Document | LoadError:
    """The document, or the reason why there is none; anything else that is raised is a bug."""
    try:
        return load(name, data)
    except LoadError as exc:
        return exc


def assert_sound(document: Document) -> None:
    """What holds for every document, whatever the format."""
    text = document.text
    assert text.strip()
    assert document.title.strip()
    assert text.encode()
    starts = [heading.start for heading in document.headings]
    assert starts == sorted(starts)
    assert all(0 <= start < len(text) for start in starts)
    if document.pages:
        assert document.pages[0].start == 0
        assert document.pages[-1].end == len(text)
        for page, following in zip(document.pages, document.pages[1:], strict=False):
            assert page.end == following.start
    if document.date is not None:
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", document.date)


# Plain text


def test_a_text_file_is_what_read_text_gives(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffLee met Xi.\r\nThey signed.\rÜber 😀\n\n".encode())
    assert load("a.txt", path.read_bytes()).text == path.read_text(encoding="utf-8")


def test_the_byte_order_mark_of_utf_8_is_kept_and_is_not_in_the_title():
    document = load("a.txt", b"\xef\xbb\xbfThe summit\n\nThey met.")
    assert document.text == "\ufeffThe summit\n\nThey met."
    assert document.title == "The summit"
    assert document.headings == (Heading("The summit", 1, 1),)


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\n"])
def test_line_ends_become_newlines(line_end):
    assert load("a.txt", f"one{line_end}two{line_end}").text == "one\ntwo\n"


def test_the_encoding_of_a_western_text_is_found():
    text = "Der Bürgermeister eröffnete das schöne Café über der Straße.\n"
    assert load("a.txt", text.encode("latin-1")).text == text


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_utf_16_and_utf_32_are_known_by_their_byte_order_mark(encoding):
    assert load("a.txt", "héllo\r\nwörld".encode(encoding)).text == "héllo\nwörld"


def test_bytes_that_are_no_text_are_refused():
    assert "NUL" in reason("a.txt", b"text\x00more")


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.pdf", "a.docx"])
def test_an_empty_file_is_refused(name):
    assert reason(name, b"") == "the file is empty (0 bytes)"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html"])
def test_a_file_of_white_space_is_refused(name):
    assert reason(name, b" \n\t\n ")


def test_a_markdown_file_without_any_block_is_kept_as_it_is():
    assert load("a.md", "[swap]: https://example.org\n").headings == ()


def test_a_short_first_line_before_a_blank_line_is_title_and_heading():
    document = load("000_1.txt", "date 2025-11-01\n\nThe summit\n\nThey met.\n")
    assert document.title == "The summit"
    assert document.date == "2025-11-01"
    assert document.headings == (Heading("The summit", 1, document.text.index("The summit")),)


def test_a_short_first_line_right_above_the_text_is_title_and_heading():
    text = b"Memo to all staff\nFrom: Grace Odum\nThe car park behind the office is closed.\n"
    document = load("memo.txt", text)
    assert document.title == "Memo to all staff"
    assert [heading.text for heading in document.headings] == ["Memo to all staff"]
    assert not load("line.txt", b"One line.\nAnother line that is a good deal longer.\n").headings
    assert not load("to.txt", b"To: all\nThe car park behind the office closes.\n").headings
    assert not load("one.txt", b"Opening hours\n").headings


def test_the_title_of_a_text_is_found_where_it_stands_and_not_in_the_date_above():
    document = load("a.txt", "date 2025-11-01\n\n2025\n\nA good year.\n")
    assert document.headings == (Heading("2025", 1, 17),)


@pytest.mark.parametrize(
    ("first", "is_title"),
    [
        ("榆树图书馆由赵兰于2012年创办，现有藏书四千册。", False),
        ("榆树图书馆由赵兰于2012年创办。周三开放", False),
        ("Книгу написала Вера Сомова.", False),
        ("यह पुस्तकालय सीमा ने खोला।", False),
        ("榆树图书馆", True),
        ("Who opened the library?", True),
    ],
)
def test_a_first_line_that_is_a_sentence_is_no_title(first, is_title):
    document = load("notes.txt", f"{first}\n\nMore is below.\n")
    assert (document.title == first) is is_title
    assert bool(document.headings) is is_title


def test_the_title_of_a_text_without_one_is_the_name_of_the_file_or_its_first_words():
    assert load("annual_report.txt", "They met. They left.").title == "annual report"
    assert load("000_04.txt", "date 2025-11-01 SEOUL — They met.").title == "SEOUL — They met."


# Markdown


def test_a_markdown_file_is_the_file_itself():
    source = "\ufeff---\r\ntitle: Swap\r\n---\r\n# *One*\r\n\r\nText\r\n"
    assert load("a.md", source).text == source.replace("\r\n", "\n")


def test_markdown_headings_have_levels_and_starts_and_are_read_as_plain_text():
    source = "# The **summit** of `Lee`\n\nText\n\nPapers\n------\n\n### [Deep](http://a.b)\n"
    assert load("a.md", source).headings == (
        Heading("The summit of Lee", 1, 0),
        Heading("Papers", 2, source.index("Papers")),
        Heading("Deep", 3, source.index("###")),
    )


def test_headings_in_code_are_not_headings():
    source = "# One\n\n```sh\n# not a heading\n```\n\n    # nor this\n\n~~~\n## nor that\n~~~\n"
    assert [heading.text for heading in load("a.md", source).headings] == ["One"]


def test_front_matter_gives_title_and_date():
    document = load("a.md", "---\ntitle: The swap\ndate: 2025-11-01\n---\n\n# Heading\n\nText.\n")
    assert (document.title, document.date) == ("The swap", "2025-11-01")
    assert [heading.text for heading in document.headings] == ["Heading"]


def test_the_title_of_a_markdown_file_is_its_first_top_heading():
    assert load("a.md", "## Before\n\n# The swap\n\nText.\n").title == "The swap"


@pytest.mark.parametrize(
    "date", ["2025-02-30", "2025-13-45", "yesterday evening", "[2025]", "2025-1<td>"]
)
def test_a_date_that_is_none_is_passed_over(date):
    document = load("a.md", f"---\ntitle: The swap\ndate: {date}\n---\n# Heading\n")
    assert document.date is None
    assert document.text.startswith("---")


def test_a_leading_date_that_is_not_in_the_calendar_is_passed_over():
    assert load("a.txt", "date 2025-99-99 They met.").date is None


@pytest.mark.parametrize("front", ["title: [", "a: " + "[" * 3000, "- a\n- b", "&a [*a]", "\t- x"])
def test_front_matter_that_is_not_yaml_does_not_fail_the_file(front):
    document = load("a.md", f"---\n{front}\n---\n# Heading\n\nText.\n")
    assert "Text." in document.text


# HTML

PAGE = """<!doctype html><html><head><title> The  swap </title>
<meta name="date" content="2025-11-01T09:00:00Z"><style>p { color: red }</style></head><body>
<header>Site header</header><nav><a href="/">Home</a></nav>
<h1>The <em>currency</em> swap</h1><p>Korea &amp; China&nbsp;renewed it &mdash; again.</p>
<!-- a comment --><script>alert("script")</script><noscript>no script</noscript>
<h2>Size</h2><table><tr><td>70</td><td>trillion</td></tr></table><ul><li>one</li><li>two</li></ul>
<div hidden>hidden one</div><p style="display: none">hidden two</p><p aria-hidden="true">three</p>
<aside>aside</aside><form><input value="x"><button>Send</button></form><footer>Site footer</footer>
</body></html>"""


def test_html_gives_the_content_and_nothing_else():
    text = load("a.html", PAGE).text
    for wanted in ("The currency swap", "Korea & China", "renewed it — again.", "70", "one", "two"):
        assert wanted in text
    for unwanted in ("Site", "Home", "color", "alert", "no script", "hidden", "three", "comment",
                     "aside", "Send", "&amp;"):  # fmt: skip
        assert unwanted not in text


def test_html_headings_start_where_their_text_starts():
    document = load("a.html", PAGE)
    assert [(h.text, h.level) for h in document.headings] == [
        ("The currency swap", 1),
        ("Size", 2),
    ]
    for heading in document.headings:
        assert document.text[heading.start :].startswith(heading.text)


def test_html_gives_title_and_date():
    document = load("a.html", PAGE)
    assert (document.title, document.date) == ("The swap", "2025-11-01")
    dated = load("a.html", "<p>Published <time datetime='2024-02-03'>then</time>.</p>")
    assert dated.date == "2024-02-03"


def test_only_the_main_part_of_a_page_is_read_when_it_is_marked():
    page = "<body><div>around</div><main><p>The content.</p></main><div>below</div></body>"
    assert load("a.html", page).text.strip() == "The content."


def test_html_with_an_xml_declaration_is_read():
    source = "<?xml version='1.0' encoding='utf-8'?><html><body><p>Café</p></body></html>"
    assert load("a.html", source).text.strip() == "Café"


@pytest.mark.parametrize("char", ["\x01", "\x0b", "\x0c", "\x1b"])
def test_control_characters_beside_removed_elements_do_not_fail_the_page(char):
    assert "page" in load("a.html", f"<div>the{char}<nav>menu</nav>{char}page</div>").text


def test_nothing_is_lost_below_deeply_nested_elements():
    page = f"<p>start</p>{'<b>' * 300}the words inside{'</b>' * 300}<p>the end</p>"
    text = load("a.html", page).text
    assert ("start" in text, "the words inside" in text, "the end" in text) == (True, True, True)


@pytest.mark.parametrize("page", ["<!-- x -->", "<script>x</script>", "<p></p>", "<img src=x>"])
def test_a_page_without_text_is_refused(page):
    assert reason("a.html", page)


# PDF


def test_the_pages_of_a_pdf_are_contiguous_and_hold_their_text():
    document = load("a.pdf", pdf_of_lines("Lee met Xi.", "They signed a memo.", "Xi left."))
    assert_sound(document)
    assert [page.of(document.text).strip() for page in document.pages] == [
        "Lee met Xi.",
        "They signed a memo.",
        "Xi left.",
    ]
    assert document.page_at(document.text.index("signed")) == 2
    assert document.page_at(document.text.index("Xi left")) == 3


def test_an_empty_page_of_a_pdf_keeps_its_number():
    document = load("a.pdf", pdf_of_lines("First page.", "", "Third page."))
    assert_sound(document)
    assert document.page_at(document.text.index("Third")) == 3


def test_a_pdf_without_text_is_refused():
    assert "no text" in reason("a.pdf", pdf_of_lines("", ""))


@pytest.mark.parametrize("name", ["currency-swaps.pdf", "inter-korean-talks.pdf"])
def test_the_shipped_pdfs_have_pages_and_whole_sentences(repo, name):
    document = load(name, (repo / "seeds" / name).read_bytes())
    assert_sound(document)
    assert document.pages
    for page, span in enumerate(document.pages, start=1):
        assert document.page_at(span.start) == page
        assert document.page_at(span.end - 1) == page
    assert "\ufffe" not in document.text
    assert "\r" not in document.text


def test_a_pdf_that_needs_a_password_says_so(shared_data):
    path = shared_data / "formats" / "hostile" / "password.pdf"
    assert "needs a password" in reason(path.name, path.read_bytes())


@pytest.mark.parametrize("data", [b"not a PDF", b"%PDF-1.4\n", pdf_of_lines("x")[:40]])
def test_a_damaged_pdf_is_refused(data):
    assert "PDF" in reason("a.pdf", data)


# Word


def word(make: Callable[..., object] = lambda file: file.add_paragraph("They met.")) -> bytes:
    file = docx.Document()
    make(file)
    return saved(file)


def report(file) -> None:
    file.core_properties.title = ""
    file.add_heading("The summit", 0)
    file.add_heading("Papers", 1)
    file.add_paragraph("They signed:")
    file.add_paragraph("a memo", style="List Bullet")
    file.add_paragraph("a swap", style="List Number")
    file.add_paragraph("Then they left.")
    table = file.add_table(rows=2, cols=2)
    for cell, text in zip(
        (*table.rows[0].cells, *table.rows[1].cells), ("Year", "Loss\nin won", "2021", "774"),
        strict=True,
    ):  # fmt: skip
        cell.text = text
    file.add_heading("Sources", 2)
    file.add_paragraph("None.")


def test_a_word_file_is_paragraphs_lists_and_tables_in_their_order():
    assert load("a.docx", word(report)).text == (
        "The summit\n\nPapers\n\nThey signed:\n\n- a memo\n1. a swap\n\nThen they left.\n\n"
        "- Year: 2021; Loss in won: 774\n\nSources\n\nNone."
    )


def test_a_word_file_has_headings_with_levels_and_starts():
    document = load("a.docx", word(report))
    assert [(h.text, h.level) for h in document.headings] == [
        ("The summit", 1),
        ("Papers", 2),
        ("Sources", 3),
    ]
    for heading in document.headings:
        assert document.text[heading.start :].startswith(heading.text)
    assert document.title == "The summit"


def test_a_word_file_gives_the_title_and_date_of_its_properties():
    def make(file) -> None:
        file.core_properties.title = "The swap"
        file.core_properties.modified = file.core_properties.created.replace(year=2024)
        file.add_paragraph("They met.")

    document = load("a.docx", word(make))
    assert document.title == "The swap"
    assert document.date.startswith("2024-")


def test_a_word_file_without_properties_has_no_date_and_the_title_of_its_name():
    def without_properties(name: str, content: bytes) -> bytes | None:
        if name == "docProps/core.xml":
            return None
        return re.sub(rb"<(?:Override|Relationship)\b[^>]*core\.xml[^>]*/>", b"", content)

    document = load("minutes.docx", rewritten(word(), without_properties))
    assert document.text == "They met."
    assert (document.title, document.date) == ("minutes", None)


@pytest.mark.parametrize(
    "data",
    [
        b"not a zip file",
        b"PK\x03\x04",
        word()[:2000],
        rewritten(word(), lambda name, content: None if name == "word/document.xml" else content),
        rewritten(word(), lambda name, content: content[:-20] if "document" in name else content),
    ],
    ids=["no zip", "signature", "cut off", "no document", "damaged document"],
)
def test_a_damaged_word_file_is_refused(data):
    assert re.search("Word|archive", reason("a.docx", data))


def test_damage_inside_a_table_of_a_word_file_is_a_reason_and_no_crash():
    def damaged(name: str, content: bytes) -> bytes:
        return content.replace(b"<w:tcPr>", b'<w:tcPr><w:gridSpan w:val="x"/>')

    assert str(outcome("a.docx", rewritten(word(report), damaged)))


# All formats


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("a.doc", "save it as .docx, or run `soffice --headless --convert-to docx FILE`"),
        ("a.PPT", "save it as .pptx"),
        ("a.xlam", "save it as .xlsx"),
        ("a.odg", "save it as .pdf"),
        ("a.pages", "export it in the program that made it"),
        ("a.gdoc", "download it there"),
        ("a.heic", "a picture: save it as .png"),
        ("a.txt.zip", "unpack it in the folder"),
        ("a.mp3", "transcript or subtitles"),
        ("a.mobi", "ebook-convert"),
        ("a.sqlite", "export its tables as .csv"),
        ("a.pst", "export its messages as .eml"),
        ("a.exe", "see `footnote doctor`"),
    ],
)
def test_an_unsupported_format_is_refused_with_what_makes_it_a_supported_one(name, remedy):
    told = reason(name, b"text")
    assert told.startswith(f"format {name[name.rindex('.') :].lower()} is not supported: ")
    assert remedy in told


def test_no_format_is_both_read_and_refused():
    refused = set(_BY_ENDING)
    assert not refused & {*SUPPORTED, *PICTURES}
    assert len(refused) == sum(len(names.split()) for names in _REMEDIES)


@pytest.mark.parametrize("name", ["README", "LICENSE", "Makefile"])
def test_a_text_without_extension_is_read_as_text(name):
    assert load(name, "They met.").text == "They met."


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("a.txt", b"%PDF-1.4 ...", "bytes are those of a PDF"),
        ("a.pdf", b"PK\x03\x04", "ZIP archive"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "password"),
        ("a.md", b"\x7fELF\x02\x01", "a program"),
        ("README", b"\x89PNG\r\n", "not supported"),
        ("a.wpd", b"\x89PNG\r\n", "format .wpd is not supported"),
        ("a.pages", b"%PDF-1.4 ...", "those of a PDF file: give it the ending .pdf"),
        ("a.png", b"\x89PNG\r\n", "set ocr = true"),
        ("a.rtf", b"just text", "RTF"),
    ],
)
def test_a_file_whose_bytes_are_of_another_kind_than_its_name_is_refused(name, data, told):
    assert told in reason(name, data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.doc", b"{\\rtf1 They met.}"),
        ("a.doc", b"\xef\xbb\xbf<HTML xmlns:w='x'><body><p>They met.</p></body></HTML>"),
        ("a.ppt", b"<!DOCTYPE html>\n<html><body><p>They met.</p></body></html>"),
        ("a.doc", b"MIME-Version: 1.0\nContent-Type: text/html\n\n<p>They met.</p>"),
        ("a.DOT", word()),
        ("a.xls", b"<html><table><tr><td>They met.</td></tr></table></html>"),
    ],
)
def test_an_old_office_name_over_other_bytes_is_read_as_what_it_is(name, data):
    document = load(name, data)
    assert "They met." in document.text
    assert document.id == name


@pytest.mark.parametrize("name", ["A.TXT", "b.Md", "c.HTM", "d.text", "e.markdown"])
def test_extensions_are_known_in_any_case(name):
    assert "They met." in load(name, "They met.").text


def test_the_id_hash_and_media_type_are_kept():
    document = load_seed("sub/a.md", b"They met.", "f" * 64).documents[0]
    assert (document.id, document.sha256) == ("sub/a.md", "f" * 64)
    assert document.media_type == "text/markdown"


@pytest.mark.sets
@pytest.mark.parametrize(
    "path",
    sorted(path for path in FORMATS.glob("*/*") if path.suffix in SUPPORTED)
    or [pytest.param(None, marks=pytest.mark.skip("no ../shared/data/formats"))],
    ids=lambda path: f"{path.parent.name}/{path.name}" if path else "none",
)
def test_a_real_file_is_loaded_with_what_it_says_or_refused_with_a_reason(path):
    found = outcome(path.name, path.read_bytes())
    if isinstance(found, LoadError):
        assert re.fullmatch(r"[^\n]{10,300}", str(found))
        return
    assert_sound(found)
    manifest = json.loads((FORMATS / "manifest.json").read_text(encoding="utf-8"))
    entry = next(e for e in manifest if e["file"] == f"{path.parent.name}/{path.name}")
    text = "".join(found.text.split())
    assert [said for said in entry["expect"] if "".join(said.split()) not in text] == []


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("extension", [".txt", ".md", ".html", ".pdf", ".docx"])
def test_a_file_with_random_damage_is_loaded_or_refused_but_never_crashes(repo, extension, seed):
    random_ = random.Random(f"{extension}{seed}")
    originals = sorted(repo.glob(f"seeds/**/*{extension}"))
    for _ in range(10):
        data = bytearray(random_.choice(originals).read_bytes())
        for _ in range(random_.choice([1, 5, 30])):
            at = random_.randrange(len(data))
            if random_.random() < 0.5:
                data[at] = random_.randrange(256)
            else:
                data[at : at + random_.randrange(100)] = data[: random_.randrange(100)]
        assert str(outcome(f"a{extension}", bytes(data)))
