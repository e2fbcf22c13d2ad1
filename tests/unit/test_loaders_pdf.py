"""PDF files, pictures and languages: pages, headings, broken words, attachments, recognition."""

from __future__ import annotations

import importlib.util
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import LoadError
from index.loaders import Loaded, load_seed
from index.loaders.extract import Source
from index.loaders.pdf.layout import Bookmark, Layout, Page
from index.loaders.pdf.lines import Line
from index.loaders.pdf.text import read
from index.text.hyphens import BROKEN
from index.types import Document
from tests.files import body, from_right_pdf, line_at, pdf

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


def test_headers_and_footers_stand_once_at_the_end_and_page_numbers_nowhere():
    pages = [
        line_at(760, "Annual report 2024")
        + body(f"The text of part {n + 5} is here.")
        + line_at(30, f"Page {n + 3} of 12")
        for n in range(6)
    ]
    found = document(pdf(pages))
    assert "of 12" not in found.text
    assert [page.of(found.text).strip() for page in found.pages[:-1]] == [
        f"The text of part {n + 5} is here." for n in range(5)
    ]
    assert found.pages[-1].of(found.text) == (
        "The text of part 10 is here.\n\nPage header: Annual report 2024\n\n"
    )


@pytest.mark.parametrize("count", [2, 5])
@pytest.mark.parametrize(
    ("footer", "kept"),
    [
        ("{n}", ""),
        ("- {n} -", ""),
        ("Seite {n} von 9", ""),
        ("{n} / 9", ""),
        ("Lindal harbour plan, {n}", "Page footer: Lindal harbour plan"),
        ("Form 12-4, issue 7", "Page footer: Form 12-4, issue 7"),
    ],
)
def test_of_a_footer_that_counts_with_the_pages_its_words_are_kept(count, footer, kept):
    pages = [
        body(f"Part {n * 7} is of {'nothing ' * n}here.") + line_at(30, footer.format(n=n))
        for n in range(1, count + 1)
    ]
    found = document(pdf(pages))
    assert found.text.count(kept or "@") == bool(kept)
    assert found.text.replace(kept, "").split("\n\n")[:count] == [
        f"Part {n * 7} is of {'nothing ' * n}here." for n in range(1, count + 1)
    ]
    assert "".join(page.of(found.text) for page in found.pages) == found.text


def test_a_header_of_one_chapter_runs_and_the_same_words_on_some_pages_do_not():
    pages = [body(f"The text of part {n + 90} is here.") for n in range(20)]
    for n in range(4, 9):
        pages[n] += line_at(760, "Of ships")
    for n in (0, 10, 19):
        pages[n] += line_at(760, "A plan")
    text = document(pdf(pages)).text
    assert (text.count("Of ships"), text.count("A plan")) == (1, 3)


def test_a_page_number_beside_a_header_goes_and_what_differs_beside_one_stays():
    pages = [
        line_at(760, "Annual report")
        + line_at(760, str(n), x=500)
        + line_at(30, "Draft")
        + line_at(30, f"Order {n * 977}", x=400)
        + body("Text.")
        for n in range(1, 5)
    ]
    found = document(pdf(pages))
    assert [page.of(found.text) for page in found.pages[:3]] == [
        f"Text.\n\nOrder {n * 977}\n\n" for n in range(1, 4)
    ]
    assert found.text.endswith("Page header: Annual report\n\nPage footer: Draft\n\n")


def test_lines_that_differ_or_stand_inside_the_page_are_no_running_lines():
    pages = [line_at(760, f"Invoice {4711 + 13 * n}") + body("Total", f"{n} won") for n in range(6)]
    found = document(pdf(pages))
    assert found.text.count("Invoice") == 6
    assert found.text.count("Total") == 6


# Broken words


def mended(*lines: str) -> str:
    layout = Layout()
    drawn = [Line(text, 700 - 12 * n, 689 - 12 * n, 11) for n, text in enumerate(lines)]
    layout.add(Page(drawn, 792))
    return layout.result().text.strip()


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
        (
            (f"Il compte aujourd'hui cinquante{BROKEN}", "deux ruches sur les terrasses"),
            "Il compte aujourd'hui cinquante-deux ruches sur les terrasses",
        ),
        (
            (f"They counted twenty{BROKEN}", "two boats in the harbour"),
            "They counted twenty-two boats in the harbour",
        ),
        (
            (f"Es kamen zweiund{BROKEN}", "zwanzig Boote in den Hafen"),
            "Es kamen zweiundzwanzig Boote in den Hafen",
        ),
        ((f"Send an e{BROKEN}", "mail to the office"), "Send an e-mail to the office"),
        ((f"où va l’a{BROKEN}", "vion de midi"), "où va l’avion de midi"),
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
        layout.add(Page([Line(f"begin{n}", 720, 709, 11), *broken], 792))
    result = layout.result()
    text, pages, found = result.text, result.pages, result.headings
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


# Columns

LEFT = (
    "The council met in the old school and",
    "heard the report of the treasurer. It",
    "thanked the volunteers for the work of",
    "the winter. The roof of the hall was",
    "mended in March for 3,400 crowns and",
    "the floor was painted by pupils of the",
)
RIGHT = (
    "second class. Next year the kitchen is",
    "to be widened, and a ramp is added at",
    "the north door. The vote was eight to",
    "two. The chair asked for offers by the",
    "end of May and closed the meeting at",
    "half past nine.",
)
THIRD = (
    "after which all went home by the last",
    "boat, which had waited for them. That",
    "was the longest meeting of the year in",
    "the memory of the secretary, who wrote",
    "nine pages about it and then asked for",
    "a new pen.",
)


def by_row(*columns: tuple[str, ...], top: float = 600, wide: float = 230) -> str:
    return "\n".join(
        line_at(top - 14 * n, column[n], x=50 + wide * k)
        for n in range(max(map(len, columns)))
        for k, column in enumerate(columns)
        if n < len(column)
    )


def in_order(text: str, *parts: str) -> bool:
    places = [text.find(part) for part in parts]
    return -1 not in places and places == sorted(places)


def test_columns_that_are_drawn_row_by_row_are_read_one_after_the_other():
    text = document(pdf([by_row(LEFT, RIGHT)])).text
    assert text == "\n".join((*LEFT, *RIGHT)) + "\n\n"


def test_three_columns_of_unequal_length_are_read_one_after_the_other():
    text = document(pdf([by_row(LEFT, RIGHT[:5], THIRD[:4], wide=210)])).text
    assert in_order(text, *LEFT, *RIGHT[:5], *THIRD[:4])


def test_what_goes_across_columns_stays_between_those_above_and_below():
    head = line_at(640, "The minutes of the council of Lindal, in full", x=120, size=15)
    across = line_at(500, "A picture of the hall before the roof was mended by the ship yard", x=90)
    below = by_row(THIRD, RIGHT, top=470)
    note = line_at(340, "The numbers are those of the treasurer and go across the page.", x=50)
    text = document(pdf([by_row(LEFT, RIGHT) + head + across + below + note])).text
    assert in_order(text, "The minutes of", *LEFT, *RIGHT, "A picture", *THIRD, "The numbers")
    assert text.rindex(RIGHT[0]) > text.index(THIRD[-1])


def test_columns_whose_lines_are_at_different_heights_are_read_one_after_the_other():
    rows = "\n".join(
        line_at(600 - 14 * n - 5 * k, column[n], x=50 + 230 * k)
        for n in range(6)
        for k, column in enumerate((LEFT, RIGHT))
    )
    assert in_order(document(pdf([rows])).text, *LEFT, *RIGHT)


def test_a_word_that_is_broken_at_the_end_of_a_column_is_one_word():
    left = (*LEFT[:5], "the floor was painted by volun-")
    right = ("teers of the second class. Next year", *RIGHT[1:])
    text = document(pdf([by_row(left, right)])).text
    assert "painted by volunteers of the second" in text
    inner = (
        "The council met in the old school buil-",
        "dings and heard the report of a man",
        *LEFT[2:],
    )
    text = document(pdf([by_row(inner, RIGHT)])).text
    assert "school buildings and" in text


TABLE = (
    ("Ferry", "Harbour", "Master"),
    ("Alva", "Lindal north", "Anna Berg"),
    ("Boreas", "Sund", "Tim Oldenburg"),
    ("Carina", "Lindal south", "Mara Holm"),
    ("Dora", "Aln", "Ole Brandt"),
)
LABELS = (
    ("Deductible", "The amount that you pay before the plan"),
    ("", "begins to pay for what is covered, each"),
    ("", "year anew."),
    ("Copayment", "A fixed amount for a visit, which is paid"),
    ("", "at the desk."),
)
NUMBERS = tuple((f"{n}{n}.50", f"{n * 37} of {n * 3}") for n in range(1, 7))


@pytest.mark.parametrize("rows", [TABLE, LABELS, NUMBERS])
def test_the_rows_of_a_table_are_not_read_as_columns(rows):
    content = "\n".join(
        line_at(600 - 14 * n, cell, x=50 + 160 * k)
        for n, row in enumerate(rows)
        for k, cell in enumerate(row)
        if cell
    )
    text = document(pdf([content])).text
    assert text.split() == [word for row in rows for cell in row for word in cell.split()]


def test_a_table_between_columns_keeps_its_rows():
    table = "\n".join(
        line_at(490 - 14 * n, cell, x=50 + 160 * k)
        for n, row in enumerate(TABLE)
        for k, cell in enumerate(row)
    )
    found = document(pdf([by_row(LEFT, RIGHT) + table + by_row(THIRD, RIGHT, top=400)])).text
    rows = [" ".join(row) for row in TABLE]
    assert in_order(found, *LEFT, *RIGHT, *rows, *THIRD)
    assert found.rindex(RIGHT[-1]) > found.index(THIRD[-1])


def test_columns_in_one_piece_of_text_with_many_spaces_are_read_one_after_the_other():
    lines = [f"{left:44}{right}" for left, right in zip(LEFT, RIGHT, strict=True)]
    content = "\n".join(line_at(600 - 12 * n, line, size=8) for n, line in enumerate(lines))
    data = pdf([content]).replace(b"/Helvetica", b"/Courier")
    assert in_order(document(data).text, *LEFT, *RIGHT)


def test_columns_from_the_right_begin_on_the_right():
    right = ["הנמל של לינדל נפתח על ידי", "העיר הקטנה ותושביה בנו", "הדייגים של האי ועם המלחים"]
    left = ["ולמכור אותם בשוק של העיר", "בנמל מעבורת אחת ושלוש", "דיג והמקום הוא מוזיאון"]
    shown = [f"{b[::-1]:>28}      {a[::-1]:>28}" for a, b in zip(right, left, strict=True)]
    assert document(from_right_pdf(*shown)).text.split() == " ".join(right + left).split()


def test_three_columns_of_nouns_that_begin_with_capitals_are_columns():
    german = (
        "Die Vereinskasse weist einen",
        "Rest von 812 Euro aus. Der",
        "Ausflug geht nach Steyr und",
        "kostet 45 Euro je Person.",
        "Anmeldung bei Frau Hagen bis",
        "Ende April in der Schule.",
    )
    text = document(pdf([by_row(LEFT, german, RIGHT, wide=210)])).text
    assert in_order(text, *LEFT, *german, *RIGHT)


def test_columns_that_the_file_gives_in_order_keep_it_around_a_heading_and_a_table():
    heading = line_at(500, "What the boats did", x=72, size=13)
    table = "\n".join(
        line_at(480 - 14 * n, cell, x=72 + 60 * k)
        for n, row in enumerate((("Boat", "Crew", "Nets"), ("Alva", "4", "12"), ("Dora", "3", "9")))
        for k, cell in enumerate(row)
    )
    above = [body(*LEFT), "\n".join(line_at(600 - 14 * n, t, x=320) for n, t in enumerate(RIGHT))]
    below = body(*THIRD, top=420)
    text = document(pdf(["\n".join((*above, heading, table, below))])).text
    assert in_order(
        text, *LEFT, *RIGHT, "What the boats did", "- Boat: Alva; Crew: 4; Nets: 12", *THIRD
    )


def test_a_heading_in_the_middle_column_parts_what_is_above_and_below():
    above = [column[:4] for column in (LEFT, RIGHT, THIRD)]
    below = [tuple(line.replace("e", "o") for line in column) for column in above]
    heading = line_at(515, "In the winter", x=290, size=12)
    content = by_row(*above, wide=210), heading, by_row(*below, top=480, wide=210)
    text = document(pdf(["\n".join(content)])).text
    assert in_order(text, *chain(*above), "In the winter", *chain(*below))


def test_a_side_bar_is_no_part_of_the_sentences_beside_it():
    side = ("Contact", "ida@example.org", "+47 55 01 42", "Lindal", "Skills", "Sail making")
    text = document(pdf([by_row(side, LEFT, wide=160)])).text
    assert in_order(text, *side, *LEFT)
    assert "\n".join(LEFT) in text


def test_a_title_that_is_drawn_last_is_first():
    text = document(pdf([body(*LEFT) + "\n" + line_at(700, "The minutes", size=18)])).text
    assert text.startswith("The minutes\n\n" + LEFT[0])


def test_a_sentence_goes_on_over_a_page_from_a_short_last_line():
    pages = [
        body("The church is cold, and it changes by twelve", "degrees in winter and"),
        body("summer."),
    ]
    assert "winter and\nsummer." in document(pdf(pages)).text


# Sentences over pages


def test_a_sentence_goes_on_over_the_end_of_a_page():
    pages = [
        body("The old lighthouse of Aln was sold to the"),
        body("town in 1921. It is a museum."),
        body("Nobody lives there."),
    ]
    found = document(pdf(pages))
    assert found.text == (
        "The old lighthouse of Aln was sold to the\ntown in 1921. It is a museum.\n\n"
        "Nobody lives there.\n\n"
    )
    assert [page.of(found.text).split()[0] for page in found.pages] == ["The", "town", "Nobody"]
    assert "".join(page.of(found.text) for page in found.pages) == found.text


def test_a_broken_word_goes_on_on_the_next_page_and_a_footnote_does_not_part_it():
    note = line_at(60, "1 This is the smaller text of a note.", size=7)
    pages = [
        body("The old lighthouse of Aln was sold to the", "town after long and bitter nego-")
        + note,
        body("tiations in 1921. It is a museum."),
    ]
    found = document(pdf(pages))
    assert "bitter negotiations in 1921." in found.text
    assert found.pages[0].of(found.text).startswith("1 This is")


# Raised and lowered characters


def shifted(text: str, x: float, rise: float) -> str:
    return line_at(600 + rise, text, size=7, x=x)


def test_raised_and_lowered_characters_are_no_digits_of_the_number_before_them():
    content = (
        line_at(600, "A ticket costs 24") + shifted("1", 149.6, 4) + line_at(600, "euros, H", x=160)
        + shifted("2", 201.5, -2) + line_at(600, "O and 10", x=205.5) + shifted("-6", 248, 4)
    )  # fmt: skip
    assert document(pdf([content])).text.strip() == "A ticket costs 24¹ euros, H₂O and 10⁻⁶"


def test_a_note_mark_does_not_break_its_line():
    content = (
        shifted("1", 72, 4) + line_at(600, " Germany pays 15 m", x=75.9)
        + shifted("2", 168.4, 4) + line_at(600, "Norway too.", x=175.5)
    )  # fmt: skip
    assert document(pdf([content])).text.strip() == "¹ Germany pays 15 m² Norway too."


def test_a_mark_in_brackets_stands_apart_and_is_no_power():
    content = line_at(600, "It takes 7") + shifted("[3]", 121.5, 4) + line_at(600, "hours.", x=135)
    assert document(pdf([content])).text.strip() == "It takes 7 [3] hours."


def test_what_a_browser_raises_is_no_digit_of_the_number_before_it():
    content = (
        line_at(600, "They sold 85", size=12) + line_at(604, "2", size=10, x=137.5)
        + line_at(600, "euros of rope.", size=12, x=147)
    )  # fmt: skip
    assert document(pdf([content])).text.strip() == "They sold 85² euros of rope."


# Struck text


def test_text_that_a_line_goes_through_is_left_out_and_underlined_text_is_not():
    content = (
        line_at(600, "A berth costs 15 18 euros.")
        + " 0.8 w 139.5 604 m 152 604 l S"  # through "15"
        + " 72 598 m 130 598 l S "
        + line_at(560, "The pool is open on Sunday.")
        + " 72 563.6 141 0.7 re f "
        + line_at(540, "The pool is closed.")
        + " 20 543.6 500 0.7 re f"  # a rule of a chart goes on beside the text
    )
    assert document(pdf([content])).text.split("\n\n")[:2] == [
        "A berth costs 18 euros.",
        "The pool is closed.",
    ]


def test_text_under_an_annotation_that_strikes_is_left_out():
    struck = (
        "<</Type /Annot /Subtype /StrikeOut /F 4 /Rect [139 597 152 609]"
        " /QuadPoints [139 609 152 609 139 597 152 597]>>"
    )
    data = form(line_at(600, "A berth costs 15 18 euros."), struck)
    assert document(data).text.strip() == "A berth costs 18 euros."


def test_the_same_title_on_both_of_two_pages_is_no_header():
    pages = [line_at(740, "Certificate", size=24) + body(f"{name} may sail.") for name in "AB"]
    assert document(pdf(pages)).text.count("Certificate\n\n") == 2


def test_small_capitals_on_the_line_are_not_raised():
    content = line_at(600, "The S") + line_at(600, "ENATE", size=8, x=101)
    assert "ENATE" in document(pdf([content])).text


# Forms and notes


def widget(entries: str, box: tuple[int, int, int, int]) -> str:
    return f"<</Type /Annot /Subtype /Widget /F 4 /Rect {list(box)} {entries}>>".replace(",", "")


def form(content: str, *annotations: str, catalog: str = "") -> bytes:
    objects = [f"{20 + n} 0 obj {text} endobj" for n, text in enumerate(annotations)]
    refs = " ".join(f"{20 + n} 0 R" for n in range(len(annotations)))
    fields = " ".join(f"{20 + n} 0 R" for n, text in enumerate(annotations) if "/FT" in text)
    return pdf(
        [content],
        objects=objects,
        catalog=f"/AcroForm <</Fields [{fields}] {catalog}>>",
        page=f"/Annots [{refs}]",
    )


def test_the_values_of_a_form_stand_with_their_labels():
    content = (
        line_at(700, "Full name:")
        + line_at(700, "Born:", x=330)
        + line_at(660, "Town of birth")
        + line_at(600, "I read the rules", x=90)
        + line_at(580, "I bring a boat:")
        + line_at(560, "Berth")
        + line_at(520, "Thank you for your help.")
    )
    data = form(
        content,
        widget("/FT /Tx /T (a) /V (Ida Lund)", (130, 695, 320, 712)),
        widget("/FT /Tx /T (b) /V (3 May 1991)", (365, 695, 500, 712)),
        widget("/FT /Tx /T (c) /V (Aln)", (72, 640, 300, 656)),
        widget("/FT /Btn /T (d) /V /Yes /AS /Yes", (72, 598, 84, 610)),
        widget("/FT /Btn /T (e) /V /Off /AS /Off", (160, 578, 172, 590)),
        widget("/FT /Ch /Ff 131072 /T (f) /Opt [(North) (South)] /V (South)", (130, 556, 300, 572)),
        widget("/FT /Tx /T (g) /TU (Number of the boat) /V (K 77)", (400, 400, 500, 416)),
        widget("/FT /Tx /T (form.remark) /V (By \\376\\377)", (400, 300, 500, 316)),
        widget("/FT /Tx /T (h) /Ff 8192 /TU (Pass) /V (secret)", (400, 250, 500, 266)),
        widget("/FT /Tx /T (i) /TU (Empty)", (400, 230, 500, 246)),
    )
    text = document(data).text
    statements = [line for line in text.split("\n") if line]
    assert statements[:9] == [
        "Full name: Ida Lund",
        "Born: 3 May 1991",
        "Town of birth: Aln",
        "I read the rules: yes",
        "I bring a boat: no",
        "Berth: South",
        "Thank you for your help.",
        "Number of the boat: K 77",
        "remark: By þÿ",
    ]
    assert "secret" not in text
    assert "Empty" not in text


def test_of_a_group_of_buttons_the_chosen_one_is_read():
    def button(x: int, state: str) -> str:
        entries = f"/Parent 30 0 R /AS /{state} /MK <<>> /AP <</N <</{state} 31 0 R>>>>"
        return widget(entries, (x, 696, x + 12, 708))

    content = (
        line_at(700, "Payment:") + line_at(700, "cash", x=150) + line_at(700, "card", x=250)
        + line_at(660, "Thank you.")
    )  # fmt: skip
    objects = (
        f"20 0 obj {button(134, 'Off')} endobj",
        f"21 0 obj {button(234, 'b')} endobj",
        "30 0 obj <</FT /Btn /Ff 49152 /T (pay) /V /b /Kids [20 0 R 21 0 R]>> endobj",
        "31 0 obj <</Type /XObject /Subtype /Form /BBox [0 0 12 12] /Length 0>> stream\n\nendstream"
        " endobj",
    )
    data = pdf(
        [content], objects=objects, catalog="/AcroForm <</Fields [30 0 R]>>",
        page="/Annots [20 0 R 21 0 R]",
    )  # fmt: skip
    assert document(data).text.split("\n") == ["Payment: card", "", "Thank you.", "", ""]


def test_text_notes_and_comments_are_kept_and_marked():
    box = "/Rect [300 400 400 420] /F 4"
    data = form(
        body("They met.") + line_at(500, "Member:"),
        f"<</Type /Annot /Subtype /FreeText /Contents (Seen on 4 May) {box}>>",
        "<</Type /Annot /Subtype /FreeText /Contents (70 99) /F 4 /Rect [120 496 200 512]>>",
        f"<</Type /Annot /Subtype /Text /T (Ana Berg) /Contents (Is this right?) {box}>>",
        f"<</Type /Annot /Subtype /Highlight /Contents (Important) {box}>>",
        "<</Type /Annot /Subtype /Text /Contents (unseen) /F 2 /Rect [0 0 9 9]>>",
        f"<</Type /Annot /Subtype /Popup /Contents (twice) {box}>>",
    )
    assert document(data).text == (
        "They met.\n\nMember: 70 99\n\nSeen on 4 May\n\nComment (Ana Berg): Is this right?\n\n"
        "Comment: Important\n\n"
    )


def test_the_target_of_a_link_is_given_once_if_the_page_does_not_show_it():
    link = "<</Type /Annot /Subtype /Link /Rect [70 {} 300 {}] /A <</S /URI /URI ({})>>>>"
    pages = form(
        line_at(600, "Our price list")
        + line_at(560, "www.lindal.example/plan")
        + line_at(520, "All of this was written before the ferry was"),
        link.format(596, 612, "https://lindal.example/a.pdf"),
        link.format(596, 612, "https://lindal.example/a.pdf"),
        link.format(556, 572, "https://www.lindal.example/plan"),
        link.format(516, 532, "javascript:alert"),
    )
    assert document(pages).text == (
        "Our price list\n\nwww.lindal.example/plan\n\n"
        "Link: Our price list (https://lindal.example/a.pdf)\n\n"
        "All of this was written before the ferry was\n\n"
    )


def test_a_form_that_only_xfa_describes_is_named():
    data = form(body("Please wait."), catalog="/XFA [(template) 90 0 R]").replace(
        b"trailer", b"90 0 obj <</Length 11>> stream\n<template/>\nendstream endobj\ntrailer"
    )
    assert [f.reason for f in loaded(data).failures] == [
        "its form is of the kind XFA only: print it into a PDF to have it read"
    ]


# From the right


@pytest.mark.parametrize(
    ("displayed", "text"),
    [
        (".2031 לירפאב 12-ב חתפנ למנה", "הנמל נפתח ב-12 באפריל 2031."),
        ("(3.5.2030) השדח הפוקת", "תקופה חדשה (3.5.2030)"),
        ("50% לש החנה", "הנחה של 50%"),
        ("Windows 11 השדחה תכרעמה", "המערכת החדשה Windows 11"),
        ("The word םולש is here, 7-", "The word שלום is here, 7-"),
        ("ﺎﺒﺣﺮﻣ", "مرحبا"),
        (".2031 ﺔﻨﺳ ﻲﻓ", "في سنة 2031."),
        (".0199-555-06 فتاهلا مقر", "رقم الهاتف 06-555-0199."),
        ("%15 هردق مصخ", "خصم قدره 15%"),
        (".15-03-2026 نم", "من 2026-03-15."),
        ("3.5 وأ 12/05/2019 يف", "في 12/05/2019 أو 3.5"),
        ("03-555-0142 ןופלט", "טלפון 03-555-0142"),
        (".(3 המוק( ןינבה", "הבנין (קומה 3)."),
    ],
)
def test_words_from_the_right_are_in_the_order_in_which_they_are_read(displayed, text):
    assert document(from_right_pdf(displayed)).text.strip() == text


def test_gaps_inside_an_arabic_word_are_no_spaces_and_marks_stay_at_their_letter():
    from index.loaders.pdf.lines import Character, line_of

    def letter(text: str, left: float, right: float, origin: float, word: int) -> Character:
        return Character(text, left, 700, right, 712, 702, origin, word)

    found = line_of(
        [
            letter("ر", 4, 8, 2, 0), letter("م", 8, 12, 8, 0), letter("ا", 14, 16, 14, 0),
            letter("س", 16, 22, 16, 0), letter("ً", 2, 4, 2, 0), letter("ا", 0, 2, 0, 0),
            letter("د", 26, 30, 26, 1),
        ],
        from_right=True,
    )  # fmt: skip
    assert found is not None
    assert found.text == "د سامرًا"


def test_lines_from_the_right_are_sentences_of_their_own():
    from index.text.sentences import sentence_spans

    found = document(from_right_pdf(".2031-ב חתפנ למנה", ".הריסל 450 אוה ריחמה"))
    assert [span.of(found.text) for span in sentence_spans(found.text, "he")] == [
        "הנמל נפתח ב-2031.", "המחיר הוא 450 לסירה.",
    ]  # fmt: skip


# Titles


@pytest.mark.parametrize(
    "title", ["untitled", "Microsoft Word - plan3.doc", "PowerPoint Presentation"]
)
def test_a_title_that_a_program_gives_is_none(title):
    data = pdf([body("They met.")], objects=[f"10 0 obj <</Title ({title})>> endobj"])
    data = data.replace(b"/Root 1 0 R", b"/Root 1 0 R /Info 10 0 R")
    assert read(Source(data, "a.pdf")).title is None


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
    with pytest.raises(LoadError, match=r'pip install .*"\.\[ocr\]"'):
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
