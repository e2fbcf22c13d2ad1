"""Tables in PDFs: what is one, and what only looks like one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from index.builder.pictures import _marked
from index.loaders import Loaded, load_seed
from index.loaders.pdf.picture import page_picture
from tests.files import body, from_right_pdf, line_at, pdf

HEAD = ("Ferry", "Harbour", "Seats", "Built")
FERRIES = (
    ("Alva", "Lindal north", "120", "3.5.1998"),
    ("Boreas", "Sund", "80", "12.9.2004"),
    ("Carina", "Lindal south", "1,250", "1.2.2011"),
    ("Dora", "Aln", "64", "30.6.2019"),
)
LEFT = (50.0, 150.0, 260.0, 330.0, 420.0)
PROSE = "The office of the harbour keeps this list and prints it anew each spring for all crews."


def rows(
    cells: Sequence[Sequence[str]], *, top: float = 600, pitch: float = 18, size: float = 10
) -> str:
    """Rows of a table as text, numbers aligned at the right of the third column."""
    parts = []
    for n, row in enumerate(cells):
        for k, cell in enumerate(row):
            x = LEFT[k] + 4 if k != 2 else LEFT[3] - 6 - 5.2 * len(cell)
            if cell:
                parts.append(line_at(top - pitch * n, cell, x=x, size=size))
    return "\n".join(parts)


def ruled(count: int, *, top: float = 600, pitch: float = 18, down: Sequence[float] = LEFT) -> str:
    """The rules around and between ``count`` rows."""
    upper, lower = top + 13, top + 13 - pitch * count
    across = [
        f"{LEFT[0]} {upper - pitch * n} m {LEFT[-1]} {upper - pitch * n} l S"
        for n in range(count + 1)
    ]
    return "\n".join([*across, *(f"{x} {upper} m {x} {lower} l S" for x in down)])


def loaded(*pages: str, objects: Sequence[str] = (), page: str = "") -> Loaded:
    return load_seed("a.pdf", pdf(pages, objects=objects, page=page), "0" * 64)


def tables(*pages: str) -> list[tuple[tuple[str, ...], list[tuple[str, ...]]]]:
    found = loaded(*pages).tables.get("a.pdf", ())
    return [(table.columns, [row.cells for row in table.rows]) for table in found]


@pytest.mark.parametrize("rules", [ruled(5), ""])
def test_the_rows_of_a_table_are_statements_with_their_names_pages_and_places(rules):
    before, after = line_at(700, PROSE, x=50), line_at(300, PROSE, x=50)
    found = loaded(before + rows([HEAD, *FERRIES]) + rules + after)
    document, [table] = found.documents[0], found.tables["a.pdf"]
    assert table.columns == HEAD
    assert [row.cells for row in table.rows] == list(FERRIES)
    third = table.rows[2]
    assert third.span.of(document.text) == (
        "- Ferry: Carina; Harbour: Lindal south; Seats: 1,250; Built: 1.2.2011"
    )
    assert document.place_at(third.span.start) == "page 1, table 1, row 4"
    assert document.page_at(third.span.start) == 1
    assert document.place_at(document.text.rindex(PROSE)) == "page 1"
    assert document.text.startswith(PROSE)
    assert document.text.endswith(f"{PROSE}\n\n")


@pytest.mark.parametrize("repeated", [True, False])
@pytest.mark.parametrize("is_ruled", [True, False])
def test_a_table_that_goes_on_over_pages_is_one(repeated, is_ruled):
    many = [(f"Boat {n}", "Sund", f"{n * 7}", f"{n % 28 + 1}.3.2001") for n in range(60)]

    def drawn(cells: Sequence[Sequence[str]], top: float) -> str:
        return rows(cells, top=top) + (ruled(len(cells), top=top) if is_ruled else "")

    head = [HEAD] if repeated else []
    first = line_at(740, PROSE, x=50) + drawn([HEAD, *many[:20]], 470)
    second = drawn([*head, *many[20:45]], 690)
    third = drawn([*head, *many[45:]], 690) + line_at(200, PROSE, x=50)
    found = loaded(first, second, third)
    document, [table] = found.documents[0], found.tables["a.pdf"]
    assert [row.cells for row in table.rows] == many
    assert [row.number for row in table.rows] == list(range(2, 62))
    pages = [document.page_at(row.span.start) for row in table.rows]
    assert pages == [1] * 20 + [2] * 25 + [3] * 15
    assert document.place_at(table.rows[45].span.start) == "page 3, table 1, row 47"
    for row in table.rows:
        assert row.span.of(document.text).startswith(f"- Ferry: {row.cells[0]}; ")


def test_cells_of_several_lines_and_merged_ones_are_read_whole():
    down = [f"{x} 613 m {x} 505 l S" for x in (50, 150, 330, 420)]
    rules = [
        "50 613 m 420 613 l S", "150 595 m 330 595 l S", "50 577 m 420 577 l S",
        "50 541 m 420 541 l S", "150 523 m 420 523 l S", "50 505 m 420 505 l S",
        "240 595 m 240 577 l S", "240 541 m 240 505 l S",
    ]  # fmt: skip
    words = [
        ("Line", 54, 600), ("Passengers", 154, 600), ("Boats", 334, 600),
        ("2023", 154, 582), ("2024", 244, 582),
        ("North", 54, 564), ("closed for the repair", 154, 564), ("of the piers", 154, 550),
        ("4", 334, 564), ("South", 54, 528), ("310", 154, 528), ("340", 244, 528),
        ("2", 334, 528), ("350", 154, 510), ("360", 244, 510), ("3", 334, 510),
    ]  # fmt: skip
    content = "\n".join([*down, *rules, *(line_at(y, t, x=x, size=10) for t, x, y in words)])
    [(columns, cells)] = tables(content)
    assert columns == ("Line", "Passengers 2023", "Passengers 2024", "Boats")
    assert cells == [
        ("North", "closed for the repair of the piers", "closed for the repair of the piers", "4"),
        ("South", "310", "340", "2"),
        ("South", "350", "360", "3"),
    ]


@pytest.mark.parametrize("lines", [2, 3, 4])
def test_cells_in_the_middle_of_a_row_of_several_lines_are_of_that_row(lines):
    notes = ("paid by the crew", "of the harbour", "who had to move", "the old nets")[:lines]
    words = [line_at(600, name, x=x, size=10) for name, x in zip(HEAD, LEFT, strict=False)]
    y = 585.0
    for n, ferry in enumerate(FERRIES):
        for k, cell in enumerate(ferry):
            shown = notes if (n, k) == (1, 1) else (cell,)
            top = y + 6 * (len(shown) - 1)
            words += [line_at(top - 12 * i, t, x=LEFT[k], size=10) for i, t in enumerate(shown)]
        y -= 17 + 6 * lines * (n < 2)
    [(columns, cells)] = tables("\n".join(words))
    second = ("Boreas", " ".join(notes), "80", "12.9.2004")
    assert (columns, cells) == (HEAD, [FERRIES[0], second, *FERRIES[2:]])


def test_a_table_stands_beside_running_text():
    beside = "\n".join(
        line_at(620 - 13 * n, line, x=440, size=9)
        for n, line in enumerate(("The ferries leave", "each hour, and the", "last one at night."))
    )
    found = loaded(rows([HEAD, *FERRIES]) + ruled(5) + beside)
    [table] = found.tables["a.pdf"]
    assert [row.cells for row in table.rows] == list(FERRIES)
    assert "leave\neach hour, and the\nlast one at night." in found.documents[0].text


def test_a_table_whose_sides_are_open_has_all_its_columns():
    [(columns, cells)] = tables(rows([HEAD, *FERRIES]) + ruled(5, down=LEFT[1:-1]))
    assert (columns, cells) == (HEAD, list(FERRIES))


def test_rows_without_rules_between_them_are_rows():
    lines = [f"{x} 613 m {x} 523 l S" for x in LEFT]
    lines += [f"{LEFT[0]} {y} m {LEFT[-1]} {y} l S" for y in (613, 595, 523)]
    [(columns, cells)] = tables(rows([HEAD, *FERRIES]) + "\n".join(lines))
    assert (columns, cells) == (HEAD, list(FERRIES))


def test_a_row_without_rules_inside_has_its_columns():
    lines = [f"50 {613 - 18 * n} m 420 {613 - 18 * n} l S" for n in range(6)]
    lines += [f"{x} 613 m {x} 523 l S" for x in (LEFT[0], LEFT[-1])]
    for x in LEFT[1:-1]:
        lines += [f"{x} 613 m {x} 577 l S", f"{x} 559 m {x} 523 l S"]
    [(columns, cells)] = tables(rows([HEAD, *FERRIES]) + "\n".join(lines))
    assert (columns, cells) == (HEAD, list(FERRIES))


def test_words_set_off_or_above_a_rule_name_columns_of_words():
    names = [row[:2] for row in (HEAD, *FERRIES)]
    plain = rows(names)
    assert tables(plain) == []
    above_a_rule = plain + "\n50 595 m 260 595 l S"
    assert tables(above_a_rule) == [(HEAD[:2], [row[:2] for row in FERRIES])]
    shaded = "0.8 0.8 0.9 rg 50 595 210 18 re f 0 g\n" + plain
    assert tables(shaded) == [(HEAD[:2], [row[:2] for row in FERRIES])]


def test_a_word_broken_in_a_cell_is_mended_as_in_the_text():
    cells = [HEAD, *FERRIES]
    broken = rows([("Ferry", "Harbour", "Seats", "Built"), *FERRIES[:3]])
    content = broken + line_at(546 - 18, "Dora", x=54, size=10)
    content += line_at(546 - 18, "Lindal in-", x=154, size=10) + line_at(
        516, "harbour", x=154, size=10
    )
    content += line_at(528, "64", x=310, size=10) + line_at(528, "30.6.2019", x=334, size=10)
    rules = [f"{x} 613 m {x} 505 l S" for x in LEFT]
    rules += [f"50 {y} m 420 {y} l S" for y in (613, 595, 577, 559, 541, 505)]
    said = line_at(700, "The in-harbour ferry.", x=50)
    [(_, found)] = tables(said + content + "\n".join(rules))
    assert found[3][1] == "Lindal in-harbour"
    assert len(found) == len(cells) - 1


def test_the_rows_of_an_invoice_are_a_table_and_its_sums_are_none():
    items = [
        ("Pos", "Article", "Pieces", "Price"),
        ("1", "Paint for the hull", "3", "45.50"),
        ("2", "Rope of hemp", "2", "18.00"),
        ("3", "Bell", "1", "240.00"),
        ("", "Net", "", "412.50"),
        ("", "Tax", "", "82.50"),
    ]
    found = loaded(rows(items))
    [table] = found.tables["a.pdf"]
    assert [row.cells[1] for row in table.rows] == ["Paint for the hull", "Rope of hemp", "Bell"]
    assert "Net 412.50" in found.documents[0].text


ADDRESSES = (
    ("Anna Berg", "Tim Oldenburg", "Mara Holm"),
    ("Kai 3", "Hafenweg 12", "Markt 1"),
    ("9000 Lindal", "9010 Sund", "9020 Aln"),
    ("0555 1234", "0555 4321", "0555 9876"),
)
CONTENTS = tuple(
    (name, "", "." * 20 + f" {n * 4 + 1}", "")
    for n, name in enumerate(("Contents", "The harbour", "The ferries", "The crews", "The fees"))
)
CHAPTERS = (("Chapter", "Page"), ("Harbour", "3"), ("Ferries", "5"), ("Crews", "5"), ("Fees", "12"))
ANSWERS = (
    ("Name", "Ida Berg", "Date", "3.2.2025"),
    ("Street", "Hafenweg 3", "City", "Sund"),
    ("Phone", "0555 1234", "Mail", "ida@example.org"),
)
PAIRS = (("Company", "Hofer Glas"), ("Number", "123"), ("Pieces", "45"), ("Days", "14"))
TIMES = (("08:00", "Opening of the gates"), ("09:30", "Speech of the mayor"), ("11:00", "Music"))


@pytest.mark.parametrize(
    ("cells", "is_ruled"),
    [
        (ADDRESSES, False),
        (CONTENTS, False),
        (CHAPTERS, False),
        (ANSWERS, True),
        (ANSWERS, False),
        (PAIRS, False),
        (TIMES, False),
        ([row[:2] for row in FERRIES], True),
    ],
)
def test_what_only_looks_like_a_table_stays_text(cells, is_ruled):
    drawn = rows(cells) + (ruled(len(cells)) if is_ruled else "")
    found = loaded(drawn + line_at(300, PROSE, x=50))
    assert not found.tables
    words = [word for row in cells for cell in row for word in cell.split()]
    assert found.documents[0].text.split() == [*words, *PROSE.split()]


KEYS = (
    ("Room", "Keyholder", "Open"),
    ("Boiler room", "Ada Lenk", "in the morning"),
    ("Attic", "Bo Falk", "when asked"),
    ("Workshop", "Clara Voss", "by night"),
    ("Tool shed", "Dan Ulrich", "never"),
)


def level(cells: Sequence[Sequence[str]]) -> str:
    """Rows whose cells begin below each other."""
    return "\n".join(
        line_at(600 - 18 * n, cell, x=x + 4, size=10)
        for n, row in enumerate(cells)
        for x, cell in zip(LEFT, row, strict=False)
    )


@pytest.mark.parametrize("rules", [ruled(5, down=(*LEFT[:3], 420)), ""])
def test_columns_of_words_of_other_shapes_below_other_words_are_a_table(rules):
    assert tables(level(KEYS) + rules) == [(KEYS[0], list(KEYS[1:]))]


GROUPS = (
    ("Board", "Choir", "Kitchen"),
    ("Anna Berg", "Hugo Iversen", "Mia Nord"),
    ("Carl Dahl", "Ida Jansen", "Nils Olsen"),
    ("Eva Falk", "Jon Kiel", "Olga Prinz"),
    ("Finn Graf", "Kira Lund", "Per Quist"),
)
ROSTER = (
    ("Ada Lenk", "the door", "with Bo"),
    ("Clara Voss", "tickets", "alone"),
    ("Emil Roth", "the bar", "with Fay"),
    ("Gus Lindner", "lights", "alone"),
)
FORM = (
    ("Your name", "Ida Berg", "Your school", "Hill School"),
    ("Your town", "Sund", "Favourite game", "chess"),
    ("Pets", "two cats", "Shoes", "sandals"),
    ("Best friend", "Mara", "Wish", "a kite"),
    ("Colour", "green", "Fear", "wasps"),
)
WORDS = (
    ("dog", "Hund", "tree", "Baum"),
    ("cat", "Katze", "leaf", "Blatt"),
    ("bird", "Vogel", "root", "Wurzel"),
    ("horse", "Pferd", "bark", "Rinde"),
    ("cow", "Kuh", "seed", "Samen"),
)


@pytest.mark.parametrize("cells", [GROUPS, GROUPS[1:], ROSTER, FORM, WORDS])
def test_lists_of_words_beside_each_other_and_rows_without_names_stay_text(cells):
    assert tables(level(cells)) == []


def wrapped(pitch: float) -> str:
    """Rows of which several cells have two lines, these 12 points apart."""
    shown, y = [], 600.0
    for row in (KEYS[0], *((room, f"{who} or", time) for room, who, time in KEYS[1:])):
        for x, cell in zip(LEFT, row, strict=False):
            shown.append(line_at(y, cell, x=x, size=10))
        if row[0] != "Room":
            y -= 12
            shown += [line_at(y, "the caretaker", x=LEFT[1], size=10)]
            shown += [line_at(y, "of a weekday", x=LEFT[2], size=10)]
        y -= pitch
    return "\n".join(shown)


def test_rows_further_apart_than_the_lines_of_their_cells_are_whole():
    expected = [(r, f"{who} or the caretaker", f"{t} of a weekday") for r, who, t in KEYS[1:]]
    assert tables(wrapped(20)) == [(KEYS[0], expected)]
    assert tables(wrapped(12)) == [], "nothing tells where a row ends"


def test_a_row_that_fits_no_column_makes_it_no_table():
    odd = line_at(600 - 18 * 3, "somewhere between the columns", x=110, size=10)
    odd += line_at(600 - 18 * 3, "7", x=400, size=10)
    spoiled = [HEAD, *FERRIES[:2], ("", "", "", ""), *FERRIES[2:]]
    assert tables(rows(spoiled) + odd) == []


def test_a_drawing_with_thousands_of_lines_is_no_table_and_takes_no_time():
    lines = "\n".join(f"{n % 600} {n // 10} m {n % 600 + 20} {n // 10} l S" for n in range(12_000))
    grid = "\n".join(f"{n} 0 m {n} 700 l S 0 {n} m 600 {n} l S" for n in range(0, 600, 2))
    assert tables(lines + body(PROSE)) == []
    assert tables(grid + body(PROSE)) == []


def test_rules_inside_a_drawing_that_is_placed_on_the_page_count():
    halves = " ".join(
        f"{float(word) / 2}" if word.replace(".", "").isdigit() else word
        for word in ruled(5).split()
    )
    form = (
        "10 0 obj <</Type /XObject /Subtype /Form /BBox [0 0 612 792] /Matrix [2 0 0 2 0 0]"
        f" /Length {len(halves)}>> stream\n{halves}\nendstream endobj"
    )
    data = pdf([rows([HEAD, *FERRIES]) + "\n/X Do"], objects=(form,))
    data = data.replace(b"/Resources <<", b"/Resources <</XObject <</X 10 0 R>> ")
    [table] = load_seed("a.pdf", data, "0" * 64).tables["a.pdf"]
    assert [row.cells for row in table.rows] == list(FERRIES)


@pytest.mark.parametrize("is_in_drawing", [False, True])
def test_struck_text_in_a_cell_is_left_out_and_its_line_is_no_rule(is_in_drawing):
    ferries = [("Alva", "Lindal Sund", *FERRIES[0][2:]), *FERRIES[1:]]
    struck = "0.8 w 154 585.2 m 184 585.2 l S"
    form = (
        "10 0 obj <</Type /XObject /Subtype /Form /BBox [0 0 612 792]"
        f" /Length {len(struck)}>> stream\n{struck}\nendstream endobj"
    )
    line = "\n/X Do" if is_in_drawing else f"\n{struck}"
    data = pdf([rows([HEAD, *ferries]) + ruled(5) + line], objects=(form,))
    data = data.replace(b"/Resources <<", b"/Resources <</XObject <</X 10 0 R>> ")
    [table] = load_seed("a.pdf", data, "0" * 64).tables["a.pdf"]
    assert [row.cells for row in table.rows] == [("Alva", "Sund", *FERRIES[0][2:]), *FERRIES[1:]]


def test_a_table_from_the_right_has_its_first_column_there():
    cells = [("לינדל", "120", "אנה"), ("סונד", "80", "תמר"), ("אלן", "64", "יעל")]
    lines = [
        "".join(f"{text[::-1] if text.isalpha() else text:>10}" for text in row[::-1])
        for row in [("נמל", "מושבים", "רבה"), *cells]
    ]
    [table] = load_seed("a.pdf", from_right_pdf(*lines), "0" * 64).tables["a.pdf"]
    assert table.columns == ("נמל", "מושבים", "רבה")
    assert [row.cells for row in table.rows] == cells


@pytest.mark.parametrize("by_column", [False, True])
def test_the_cells_of_a_cited_row_are_marked_on_the_page(by_column):
    import io

    import numpy as np
    from PIL import Image

    cells = [HEAD, *FERRIES, ("Elva", "Sund", "80", "12.9.2005")]
    content = rows(cells).split("\n")
    if by_column:
        content = [line for k in range(4) for line in content[k::4]]
    data = pdf(["\n".join(content)])
    found = load_seed("a.pdf", data, "0" * 64)
    row = found.tables["a.pdf"][0].rows[1]
    marked = _marked(found.documents[0], 1, row.span, found.tables["a.pdf"])
    assert marked.quote.split() == [word for cell in FERRIES[1] for word in cell.split()]
    picture = np.asarray(Image.open(io.BytesIO(page_picture(data, 1, marked))).convert("RGB"))
    yellow = (picture[:, :, 2] < 150) & (picture[:, :, 0] > 200)
    lines = np.flatnonzero(yellow.any(axis=1)) * 72 / 110
    assert 792 - 564 - 11 < lines.min() < lines.max() < 792 - 564 + 5
    columns = np.flatnonzero(yellow.any(axis=0)) * 72 / 110
    assert columns.min() < 60
    assert columns.max() > 350


def test_a_label_in_small_type_above_its_value_in_a_box_belongs_to_it():
    form = (("Owner", "Ada Lenk"), ("Home port", "Lindal"), ("Built in", "1987"))
    content = "\n".join(
        line_at(605 - 18 * n, label, x=54, size=5) + "\n" + line_at(597 - 18 * n, value, x=54)
        for n, (label, value) in enumerate(form)
    )
    text = loaded(content + "\n" + ruled(3, top=600, down=(50, 420))).documents[0].text
    assert "Owner: Ada Lenk\nHome port: Lindal\nBuilt in: 1987" in text.replace("\n\n", "\n")


def test_a_ruled_schedule_with_an_empty_corner_is_a_table():
    cells = [("", "Monday", "Tuesday", "Friday"), ("early", "pots", "baskets", "looms"),
             ("late", "choir", "play", "dance")]  # fmt: skip
    text = loaded(rows(cells) + ruled(3)).documents[0].text
    assert "- late; Monday: choir; Tuesday: play; Friday: dance" in text


INVOICE = (
    ("Item", "Colour", "Pieces", "Price"),
    ("Geraniums, red and", "mixed", "120", "252.00"),
    ("white ones", "", "", ""),
    ("Soil", "black", "15", "126.00"),
)


def test_names_are_near_each_other_and_a_line_in_lower_case_goes_on_with_the_cell_above():
    above = line_at(640, "Customer: Lake Hotel", x=54, size=10)
    above += "\n" + line_at(640, "Tel 8876", x=264, size=10)
    [(columns, cells)] = tables(above + "\n" + level(INVOICE))
    assert columns == INVOICE[0]
    assert cells == [("Geraniums, red and white ones", *INVOICE[1][1:]), INVOICE[3]]
