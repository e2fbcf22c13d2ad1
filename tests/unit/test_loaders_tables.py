"""Tables and structured text: each row, object or element is a statement that stands alone."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import struct
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from xml.sax.saxutils import escape

import docx
import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.comments import Comment

from index.errors import LoadError
from index.loaders import load_seed
from index.loaders.extract import Source
from index.loaders.office import sheets
from index.loaders.plain import table
from index.loaders.plain.text import decode
from index.types import Document
from tests.files import archive, load, reason, rewritten, saved


def places(document: Document) -> list[tuple[str, str]]:
    """The names of the places, each with the line that it starts."""
    text = document.text
    return [(p.name, text[p.start :].split("\n", 1)[0]) for p in document.places]


def squeezed(text: str) -> str:
    return "".join(text.split())


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)


# The first row: names of columns, or values

WITHOUT_NAMES = {
    "en": [("Monday", "9 am - 5 pm"), ("Tuesday", "9 am - 6 pm"), ("Sunday", "closed")],
    "a closed day first": [("Sunday", "closed"), ("Monday", "9-17"), ("Tuesday", "10-18")],
    "days together": [("Mon - Fri", "all day"), ("Saturday", "in the morning"), ("Sunday", "no")],
    "de": [("Montag", "9-17 Uhr"), ("Dienstag", "9-18 Uhr"), ("Mittwoch", "zu"), ("Sonntag", "zu")],
    "fr": [("lundi", "fermé"), ("mardi", "9 h - 17 h"), ("mercredi", "10 h - 18 h")],
    "es": [("Alquiler", "850 €"), ("Agua", "45 €"), ("Luz", "incluida"), ("Garaje", "60 €")],
    "it": [("lunedì", "8.30 - 19.30"), ("martedì", "8.30 - 20.00"), ("domenica", "chiuso")],
    "ru": [("Понедельник", "с 9 до 18"), ("Вторник", "с 10 до 19"), ("Воскресенье", "выходной")],
    "zh": [("星期一", "9点到17点"), ("星期二", "9点到18点"), ("星期日", "闭馆")],
    "ja": [("月曜日", "9時から17時"), ("火曜日", "9時から18時"), ("日曜日", "休診")],
    "contacts": [("Ada Lenk", "ada@a.org"), ("Bo Hall", "bo@a.org"), ("Cy Wu", "cy@a.org")],
    "ingredients": [("Mehl", "250 g"), ("Eier", "3"), ("Salz", "eine Prise"), ("Milch", "2 l")],
    "sums": [("Rent", "850"), ("Heating", "120"), ("Water", "45")],
    "a value again": [("Ground floor", "let"), ("First floor", "free"), ("Attic", "let")],
    "one sum": [("Rent", "850 EUR"), ("Heating", "included"), ("Pets", "none")],
}  # fmt: skip
WITH_NAMES = {
    "words": [("Name", "Role"), ("Ada Lenk", "Chair"), ("Bo Hall", "Treasurer")],
    "a year": [("Item", "Price 2026"), ("Tent", "45 EUR"), ("Stove", "30 EUR")],
    "a year first": [("Country", "2023 in %"), ("Chile", "12.5"), ("Peru", "13.1")],
    "days below": [("Day", "Hours"), ("Monday", "9-17 h"), ("Tuesday", "9-18 h")],
    "some with figures": [("Event", "Place"), ("Choir", "Room 5"), ("Yoga", "Hall"), ("Ars", "A")],
    "columns in a series": [("Fare", "3 months", "6 months"), ("Base", "120 EUR", "200 EUR"),
                            ("Plus", "150 EUR", "250 EUR")],
    "addresses": [("Name", "Address", "City"), ("Ada", "Elm 5", "Graz"), ("Bo", "Way 2", "Ulm")],
}  # fmt: skip


def _written(rows: Sequence[tuple[str, ...]], form: str) -> bytes | str:
    if form == "csv":
        return "".join(";".join(row) + "\n" for row in rows)
    if form == "md":
        rule = "|".join("-" * 3 for _ in rows[0])
        lines = [" | ".join(row) for row in rows]
        return "\n".join([f"| {lines[0]} |", f"|{rule}|", *(f"| {line} |" for line in lines[1:])])
    if form == "html":
        cells = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
        return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"
    if form == "xlsx":

        def make(book: xlsxwriter.Workbook) -> None:
            sheet = book.add_worksheet("Sheet")
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)

        return workbook(make)
    file = docx.Document()
    table = file.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    return saved(file)


@pytest.mark.parametrize("form", ["csv", "xlsx", "md", "html", "docx"])
@pytest.mark.parametrize("kind", WITHOUT_NAMES)
def test_a_first_row_of_values_names_no_columns(kind, form):
    rows = WITHOUT_NAMES[kind]
    text = load(f"a.{form}", _written(rows, form)).text
    assert [line.removeprefix("- ") for line in text.split("\n") if ": " in line] == [
        f"{label}: {value}" for label, value in rows
    ]


@pytest.mark.parametrize("form", ["csv", "xlsx", "md", "docx"])
@pytest.mark.parametrize("kind", WITH_NAMES)
def test_a_first_row_of_names_is_one(kind, form):
    names, *rows = WITH_NAMES[kind]
    text = load(f"a.{form}", _written(rows=[names, *rows], form=form)).text
    for row in rows:
        pairs = zip(names, row, strict=True)
        assert f"- {'; '.join(f'{name}: {value}' for name, value in pairs)}" in text


@pytest.mark.parametrize("form", ["csv", "xlsx", "html", "docx"])
def test_a_form_whose_values_are_of_several_kinds_has_no_names(form):
    rows = [("Nombre", "Ana Gil"), ("Dirección", "Mayor 12"), ("Teléfono", "600 12"), ("De", "20")]
    text = load(f"a.{form}", _written(rows, form)).text
    assert all(f"{label}: {value}" in text for label, value in rows)


def test_a_table_of_several_columns_without_names_is_not_named_by_its_first_row():
    assert load("a.csv", "Mo;9-12 Uhr;14-18 Uhr\nDi;9-12 Uhr;15-18 Uhr\n").text.startswith(
        "- column A: Mo; column B: 9-12 Uhr; column C: 14-18 Uhr\n"
    )
    aligned = "Monday     9-12 h   14-18 h\nTuesday    9-12 h   15-18 h\nSunday     no       no"
    assert load("a.txt", aligned).text == aligned


def test_a_form_of_markdown_whose_header_is_empty_is_labels_with_their_values():
    assert load("a.md", "| | |\n|---|---|\n| Name | Ada |\n| City | Graz |").text.strip() == (
        "Name: Ada\nCity: Graz"
    )


# csv and tsv


def test_a_row_is_a_statement_with_the_names_of_the_columns_and_its_number():
    document = load("a.csv", "Team,Location,Stanley Cups\nBlues,STL,1\nFlyers,,2\n")
    assert places(document) == [
        ("row 2", "- Team: Blues; Location: STL; Stanley Cups: 1"),
        ("row 3", "- Team: Flyers; Stanley Cups: 2"),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter):
    rows = ["Town|Share|Note", "Oslo|1 5|a. b", "Bergen|2 5|c"]
    data = "\n".join(row.replace("|", delimiter) for row in rows)
    assert load("a.csv", data).text.split("\n")[0] == "- Town: Oslo; Share: 1 5; Note: a. b"


def test_decimal_commas_do_not_look_like_a_delimiter():
    assert load("a.csv", "Ort;Wert\nBonn;1,5\nKöln;2,5\n").text.startswith("- Ort: Bonn; Wert: 1,5")


def test_a_tsv_file_is_cut_at_tabs_only():
    assert load("a.tsv", "a,b\tc\n1,2\t3\n").text == "- a,b: 1,2; c: 3"


def test_a_declared_delimiter_of_excel_is_obeyed():
    assert places(load("a.csv", "sep=#\na#b\n1#2\n")) == [("row 3", "- a: 1; b: 2")]


def test_the_byte_order_mark_is_not_in_the_first_name():
    assert load("a.csv", b"\xef\xbb\xbfTeam,Cups\nBlues,1\n").text == "- Team: Blues; Cups: 1"


def test_columns_without_names_are_called_by_their_letters():
    assert load("a.csv", "1,2\n3,4\n").text.startswith("- column A: 1; column B: 2\n")
    assert load("a.csv", "a,b\n1,2,3\n").text == "- a: 1; b: 2; column C: 3"


def test_years_may_be_names_of_columns():
    assert (
        load("a.csv", "Country,2019,2020\nChile,1,2\n").text == "- Country: Chile; 2019: 1; 2020: 2"
    )


def test_a_title_above_the_table_is_a_heading():
    document = load("a.csv", "Cups by team,\nTeam,Cups\nBlues,1\n")
    assert document.text == "Cups by team\n\n- Team: Blues; Cups: 1"
    assert [heading.text for heading in document.headings] == ["Cups by team"]


def test_a_remark_above_a_table_is_text_and_not_its_header():
    document = load("a.csv", "# from the mill, by Ida\n# 2024\nTown,Share,Way\nOslo,1.5 %,3 km\n")
    assert places(document) == [
        ("row 1", "# from the mill, by Ida"),
        ("row 2", "# 2024"),
        ("row 4", "- Town: Oslo; Share: 1.5 %; Way: 3 km"),
    ]
    assert load("a.csv", "#id,Town\n1,Oslo\n").text == "- #id: 1; Town: Oslo"


def test_a_table_of_one_column_is_a_list():
    assert load("a.csv", "Name\nAnn\nBob\n").text == "- Name\n- Ann\n- Bob"


def test_a_header_without_rows_is_kept():
    assert "Team" in load("a.csv", "Team,Cups\n").text


def test_a_cell_in_quotation_marks_may_follow_a_space():
    document = load("a.csv", 'Name, City, Note\nAnn, "Graz, Austria", "a ""b"""\nBob, Linz, y\n')
    assert document.text == '- Name: Ann; City: Graz, Austria; Note: a "b"\n' + (
        "- Name: Bob; City: Linz; Note: y"
    )


def test_a_cell_with_line_breaks_is_one_line_and_rows_are_counted_as_a_spreadsheet_does():
    document = load("a.csv", 'Name,Note\nAnn,"one\ntwo"\n\nBob,x\n')
    assert places(document) == [
        ("row 2", "- Name: Ann; Note: one two"),
        ("row 4", "- Name: Bob; Note: x"),
    ]


def test_a_quotation_mark_that_is_never_closed_does_not_swallow_the_rows_below():
    document = load("a.csv", 'Name,Size\nAnn,"5 inches\nBob,6\n')
    assert places(document)[-1] == ("row 3", "- Name: Bob; Size: 6")


def test_a_row_with_very_many_cells_is_several_lines_that_begin_with_the_first_value():
    header = ",".join(["Town", *(f"measure{n}" for n in range(200))])
    document = load("a.csv", f"{header}\n" + ",".join(["Oslo", *(["12.5"] * 200)]) + "\n")
    lines = document.text.split("\n")
    assert len(lines) > 1
    assert all(line.startswith("- Town: Oslo; ") and len(line) < 700 for line in lines)
    assert document.place_at(len(document.text) - 1) == "row 2"


def test_a_cell_that_is_a_paragraph_follows_its_row():
    text = "They met. " * 30
    document = load("a.csv", f'id,text\n1,"{text}"\n2,short\n')
    assert document.text == f"- id: 1\n\n{text.strip()}\n\n- id: 2; text: short"
    assert document.place_at(100) == "row 2"


def test_a_line_longer_than_the_csv_module_allows_by_default_is_read():
    assert len(load("a.csv", f"a,b\n1,{'x' * 300_000}\n").text) > 300_000


@given(st.lists(st.lists(words, min_size=2, max_size=4), min_size=1, max_size=6))
def test_no_cell_of_a_table_is_lost(rows):
    out = io.StringIO()
    csv.writer(out).writerows([["first name", "second name", "third", "fourth"], *rows])
    document = load("a.csv", out.getvalue())
    for row in rows:
        for cell in row:
            assert squeezed(cell) in squeezed(document.text)
    starts = [place.start for place in document.places]
    assert starts == sorted(starts)


# Spreadsheets


def workbook(make: Callable[[xlsxwriter.Workbook], object]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        make(book)
    return out.getvalue()


def sheet(*rows: list[object], name: str = "Sheet1") -> bytes:
    def make(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet(name)
        for number, row in enumerate(rows):
            page.write_row(number, 0, row)

    return workbook(make)


def test_a_sheet_is_a_heading_and_a_table():
    document = load("a.xlsx", sheet(["Team", "Cups"], ["Blues", 1], ["Flyers", 2.5], name="Cups"))
    assert document.text == "Cups\n\n- Team: Blues; Cups: 1\n- Team: Flyers; Cups: 2.5"
    assert [(heading.text, heading.level) for heading in document.headings] == [("Cups", 1)]
    assert [name for name, _ in places(document)] == ["row 2", "row 3"]


def test_empty_rows_above_a_table_keep_the_numbers_of_the_rows():
    document = load("a.xlsx", sheet([], [], ["", "Team", "Cups"], ["", "Blues", 1]))
    assert places(document) == [("row 4", "- Team: Blues; Cups: 1")]


def test_dates_times_and_booleans_are_shown_as_in_a_spreadsheet():
    def make(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Day", "Moment", "Open"])
        page.write_datetime(1, 0, dt.date(2024, 1, 2), book.add_format({"num_format": "d/m/yy"}))
        moment = dt.datetime(2024, 1, 2, 9, 30)  # noqa: DTZ001
        page.write_datetime(1, 1, moment, book.add_format({"num_format": "d/m/yy hh:mm"}))
        page.write_boolean(1, 2, True)

    text = load("a.xlsx", workbook(make)).text
    assert "- Day: 2024-01-02; Moment: 2024-01-02 09:30; Open: TRUE" in text


def test_numbers_have_the_units_that_they_are_shown_with():
    def make(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet("Rates")
        page.write_row(0, 0, ["Year", "Rate", "Cost", "Loss", "Way", "Plain", "Thousands"])
        codes = ["0", "0.0%", '"$"#,##0.00', "#,##0.00 [$€-407];[Red]-#,##0.00 [$€-407]", '0" km"']
        for column, (value, code) in enumerate(
            zip(
                (2024, 0.125, 1234.5, -7.25, 12, 1.5, 3000), [*codes, "0.000", '0,"k"'], strict=True
            )
        ):
            page.write_number(1, column, value, book.add_format({"num_format": code}))

    text = load("a.xlsx", workbook(make)).text
    assert "- Year: 2024; Rate: 12.5%; Cost: $1,234.50; Loss: -7.25 €; Way: 12 km" in text
    assert text.endswith("Plain: 1.5; Thousands: 3000")


def test_a_workbook_without_readable_styles_has_its_stored_numbers():
    def make(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Team", "Rate"])
        page.write_row(1, 0, ["Blues", 0.125], book.add_format({"num_format": "0%"}))

    whole = workbook(make)
    assert "Rate: 12.5%" in load("a.xlsx", whole).text
    broken = rewritten(whole, lambda _, data: data.replace(b"<fonts", b"<founts"))
    assert "Rate: 0.125" in load("a.xlsx", broken).text


def test_a_cell_merged_over_rows_is_the_value_of_each_row():
    def make(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Region", "Town"])
        page.merge_range("A2:A3", "North")
        page.write_column(1, 1, ["Oslo", "Bergen"])

    lines = load("a.xlsx", workbook(make)).text.split("\n")
    assert lines[-2:] == ["- Region: North; Town: Oslo", "- Region: North; Town: Bergen"]


def test_cells_merged_beyond_the_data_change_nothing():
    def make(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Team", "Cups"])
        page.write_row(1, 0, ["Blues", 1])
        page.merge_range("A50:C60", "")
        page.merge_range("B3:K4", "")
        page.merge_range("Z1:AA2", "")

    assert load("a.xlsx", workbook(make)).text == "Sheet1\n\n- Team: Blues; Cups: 1"


def test_a_header_over_two_rows_is_one():
    def make(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet()
        page.merge_range("A1:A2", "Town")
        page.merge_range("B1:C1", "2020")
        page.merge_range("D1:E1", "2021")
        page.write_row(1, 1, ["Q1", "Q2", "Q1", "Q2"])
        page.write_row(2, 0, ["Oslo", 1, 2, 3, 4])

    text = load("a.xlsx", workbook(make)).text
    assert "- Town: Oslo; 2020 Q1: 1; 2020 Q2: 2; 2021 Q1: 3; 2021 Q2: 4" in text


def test_a_title_merged_over_the_table_is_a_heading():
    def make(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet("Data")
        page.merge_range("A1:B1", "Cups by team")
        page.write_row(1, 0, ["Team", "Cups"])
        page.write_row(2, 0, ["Blues", 1])

    document = load("a.xlsx", workbook(make))
    assert document.text == "Data\n\nCups by team\n\n- Team: Blues; Cups: 1"
    assert [heading.level for heading in document.headings] == [1, 2]


def test_blank_and_hidden_sheets_are_not_read():
    def make(book: xlsxwriter.Workbook) -> None:
        book.add_worksheet("Shown").write_row(0, 0, ["one", "two"])
        book.add_worksheet("Blank")
        hidden = book.add_worksheet("Hidden")
        hidden.write(0, 0, "secret")
        hidden.hide()

    text = load("a.xlsx", workbook(make)).text
    assert "one" in text
    assert "Blank" not in text
    assert "secret" not in text


def test_a_formula_without_a_value_is_not_read_as_nought():
    def make(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet("Shifts")
        page.write_row(0, 0, ["Crew", "Day", "Night", "Both"])
        page.write_row(1, 0, ["Red", 0, 6, "=B2+C2"])
        page.write_row(2, 0, ["Blue", 5, 7])
        page.write_formula("D3", "=B3+C3", None, 12)

    loaded = load_seed("a.xlsx", workbook(make), "")
    assert loaded.documents[0].text.split("\n")[-2:] == [
        "- Crew: Red; Day: 0; Night: 6; Both: formula without a value (=B2+C2)",
        "- Crew: Blue; Day: 5; Night: 7; Both: 12",
    ]
    assert loaded.failures[0].reason == (
        "1 of 2 formulas have no computed value (Shifts!D2): open and save it in a spreadsheet"
        " program"
    )


def openpyxl_workbook(make: Callable[[openpyxl.Workbook], object]) -> bytes:
    book = openpyxl.Workbook()
    make(book)
    return saved(book)


def test_what_is_raised_lowered_or_struck_in_a_cell_is_no_part_of_its_number():
    def make(book: openpyxl.Workbook) -> None:
        small, low, old = (
            InlineFont(vertAlign="superscript"), InlineFont(vertAlign="subscript"),
            InlineFont(strike=True),
        )  # fmt: skip
        book.active.append(["Village", "People"])
        book.active.append(["Marrow", CellRichText("5,310", TextBlock(small, "1"))])
        water = CellRichText("H", TextBlock(low, "2"), "O ", TextBlock(old, "stale"), " fresh")
        book.active.append([water, 7])

    def make_shared(book: xlsxwriter.Workbook) -> None:
        page, small = book.add_worksheet(), book.add_format({"font_script": 1})
        page.write_row(0, 0, ["Village", "People"])
        page.write(1, 0, "Marrow")
        page.write_rich_string(1, 1, "5,310", small, "1")

    text = load("a.xlsx", openpyxl_workbook(make)).text
    assert text.endswith("- Village: Marrow; People: 5,310¹\n- Village: H₂O fresh; People: 7")
    assert load("a.xlsx", workbook(make_shared)).text.endswith("Marrow; People: 5,310¹")


@pytest.mark.parametrize("suffix", ["xlsx", "xlsm", "xltx", "xltm"])
def test_comments_and_hidden_rows_columns_and_sheets_are_marked(suffix):
    def make(book: openpyxl.Workbook) -> None:
        page = book.active
        page.title = "Roofs"
        for row in (["House", "Roof", "Cost"], ["Mill", "slate", 3], ["Barn"], ["Inn", None, 4]):
            page.append(row)
        page["B2"].comment = Comment("Ida Holm:\nold,\nfrom 1910", "Ida Holm")
        page["C4"] = "=C2+1"
        page.row_dimensions[3].hidden = page.column_dimensions["C"].hidden = True
        book.create_sheet("Rates").sheet_state = "hidden"
        book.create_sheet("Towns").append(["Hallein"])

    loaded = load_seed(f"a.{suffix}", openpyxl_workbook(make), "")
    assert places(loaded.documents[0]) == [
        ("Roofs, row 2", "- House: Mill; Roof: slate; Cost (hidden column): 3"),
        ("Roofs, cell B2", "Comment (Ida Holm): old, from 1910"),
        ("Roofs, row 3 (hidden)", "- House: Barn"),
        ("Roofs, row 4",
         "- House: Inn; Cost (hidden column): formula without a value (=C2+1)"),
        ("Towns, row 1", "- Hallein"),
    ]  # fmt: skip
    assert loaded.failures[0].reason == (
        "1 of 1 formulas have no computed value (Roofs!C4): open and save it in a spreadsheet"
        " program; hidden sheets are left out (Rates)"
    )


def test_a_workbook_with_broken_comments_and_a_cell_without_a_name_is_read_and_says_so():
    def make(book: openpyxl.Workbook) -> None:
        book.active.append(["House", "Roof", "Cost"])
        book.active.append(["Mill", "slate", "=B9"])
        book.active["B2"].comment = Comment("old", "Ida")

    def broken(name: str, data: bytes) -> bytes:
        return data[:50] if name.startswith("xl/comments/") else data.replace(b' r="C2"', b"")

    loaded = load_seed("a.xlsx", rewritten(openpyxl_workbook(make), broken), "")
    assert loaded.documents[0].text.endswith("- House: Mill; Roof: slate")
    assert loaded.failures[0].reason.startswith(
        "1 of 1 formulas have no computed value: open and save it in a spreadsheet program;"
        " its comments cannot be read (damaged"
    )


def test_threaded_comments_have_their_authors_and_are_read_once():
    def make(book: openpyxl.Workbook) -> None:
        book.active.append(["House", "Roof"])
        book.active.append(["Mill", "slate"])
        book.active["B2"].comment = Comment("[Threaded comment] It is old.", "tc={1}")

    whole, out = openpyxl_workbook(make), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            kind = "threadedComment" if "worksheets/_rels" in name else "person"
            target = {"threadedComment": "/xl/threadedComments/t.xml", "person": "persons/p.xml"}
            if name.endswith(("sheet1.xml.rels", "workbook.xml.rels")):
                link = f'<Relationship Id="t1" Type="x/{kind}" Target="{target[kind]}"/>'
                data = data.replace(b"</Relationships>", f"{link}</Relationships>".encode())
            new.writestr(name, data)
        new.writestr("xl/persons/p.xml", '<l><person displayName="Ida Holm" id="{7}"/></l>')
        new.writestr(
            "xl/threadedComments/t.xml",
            '<l><threadedComment ref="B2" personId="{7}" id="{1}"><text>It is old.</text>'
            '</threadedComment><threadedComment ref="B2" personId="{8}"><text>Yes.</text>'
            "</threadedComment></l>",
        )
    text = load("a.xlsx", out.getvalue()).text
    assert text.endswith("Comment (Ida Holm): It is old.\n\nComment: Yes.")
    assert "Threaded" not in text


def open_document(content: str) -> bytes:
    """An OpenDocument spreadsheet with this content."""
    names = 'xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    return archive(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f"<m:manifest {names}/>",
            "content.xml": content,
        }
    )


def test_comments_formulas_and_hidden_rows_of_an_opendocument_sheet_are_marked():
    def cell(text: str, inner: str = "") -> str:
        return (
            f'<table:table-cell office:value-type="string">{inner}<text:p>{text}</text:p>'
            "</table:table-cell>"
        )

    note = "<office:annotation><dc:creator>Ida</dc:creator><text:p>old</text:p></office:annotation>"
    empty = '<table:table-cell table:formula="of:=[.B2]&amp;2"/>'
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table")
    )
    content = (
        f'<office:document-content {names} xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<office:body><office:spreadsheet><table:table table:name="Roofs">'
        '<table:table-column/><table:table-column table:visibility="collapse"/>'
        f"<table:table-row>{cell('House')}{cell('Roof')}{cell('Code')}</table:table-row>"
        '<table:table-row table:number-rows-repeated="2" table:visibility="filter">'
        f"{cell('Mill')}{cell('slate', note)}{empty}</table:table-row>"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    loaded = load_seed("a.ods", open_document(content), "")
    found = places(loaded.documents[0])
    row = "- House: Mill; Roof (hidden column): slate; Code: formula without a value (=[.B2]&2)"
    assert found[:2] == [("row 2 (hidden)", row), ("cell B2", "Comment (Ida): old")]
    assert "1 of 1 formulas have no computed value (Roofs!C2)" in loaded.failures[0].reason


def test_a_raised_mark_in_a_cell_of_an_ods_workbook_is_no_part_of_its_number():
    prefixes = ("office", "text", "table", "style")
    names = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in prefixes)
    raised = '5,310<text:span text:style-name="T1">1</text:span>'
    village, people, marrow, number = (
        f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
        for value in ("Village", "People", "Marrow", raised)
    )
    content = (
        f"<office:document-content {names}><office:automatic-styles>"
        '<style:style style:name="T1" style:family="text"><style:text-properties '
        'style:text-position="super 58%"/></style:style></office:automatic-styles>'
        '<office:body><office:spreadsheet><table:table table:name="A">'
        f"<table:table-row>{village}{people}</table:table-row>"
        f"<table:table-row>{marrow}{number}</table:table-row>"
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    assert load("a.ods", open_document(content)).text.endswith("- Village: Marrow; People: 5,310¹")


def binary_workbook(
    rows: list[list[str | float]],
    *,
    first_row: int = 0,
    hidden: tuple[int, int] | None = None,
    comment: tuple[int, int, str, str] | None = None,
) -> bytes:
    """An xlsb workbook of one sheet (MS-XLSB 2.1.4).

    ``hidden`` are a row and a column, from 0; ``comment`` its row, column, author and text.
    """

    def record(kind: int, data: bytes = b"") -> bytes:
        number = bytes([kind]) if kind < 128 else bytes([kind & 127 | 128, kind >> 7])
        return number + bytes([len(data) & 127 | 128, len(data) >> 7]) + data

    def wide(text: str) -> bytes:
        return struct.pack("<I", len(text)) + text.encode("utf-16-le")

    cells = b""
    for number, row in enumerate(rows, start=first_row):
        is_hidden = hidden is not None and hidden[0] == number
        cells += record(0, struct.pack("<I7xB5x", number, 0x10 * is_hidden))
        for column, value in enumerate(row):
            at = struct.pack("<II", column, 0)
            if isinstance(value, str):
                cells += record(6, at + wide(value))
            else:
                cells += record(5, at + struct.pack("<d", value))
    extent = struct.pack("<4I", 0, first_row + len(rows), 0, 9)
    widths = b""
    if hidden is not None:
        column = struct.pack("<4IH", hidden[1], hidden[1], 2000, 0, 1)
        widths = record(390) + record(60, column) + record(391)
    page = record(129) + record(148, extent) + widths + record(145) + cells
    page += record(146) + record(130)
    bundle = struct.pack("<II", 0, 1) + wide("rId1") + wide("Roofs")
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.bin"/>'
        "</Relationships>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        book = record(131) + record(143) + record(156, bundle) + record(144) + record(132)
        made.writestr("xl/workbook.bin", book)
        made.writestr("xl/_rels/workbook.bin.rels", rels)
        made.writestr("xl/worksheets/sheet1.bin", page)
        if comment is not None:
            row, column, author, text = comment
            at = struct.pack("<5I16x", 0, row, row, column, column)
            said = record(632, wide(author)) + record(635, at) + record(637, b"\0" + wide(text))
            made.writestr("xl/comments1.bin", said)
            links = rels.replace("x/worksheet", "x/comments")
            links = links.replace("worksheets/sheet1.bin", "../comments1.bin")
            made.writestr("xl/worksheets/_rels/sheet1.bin.rels", links)
    return out.getvalue()


def test_a_binary_workbook_has_its_comments_and_what_is_hidden():
    rows: list[list[str | float]] = [["House", "Roof"], ["Mill", "slate"], ["Barn", "tin"]]
    said = (1, 1, "Ida", "old — Łódź")
    found = places(load("a.xlsb", binary_workbook(rows, hidden=(2, 1), comment=said)))
    assert found == [
        ("row 2", "- House: Mill; Roof (hidden column): slate"),
        ("cell B2", "Comment (Ida): old — Łódź"),
        ("row 3 (hidden)", "- House: Barn; Roof (hidden column): tin"),
    ]


def test_a_binary_workbook_is_read_and_one_that_spreads_too_far_refused():
    rows = [["House", "Roof", "Cost"], ["Mill", "slate", 3.5]]
    assert places(load("a.xlsb", binary_workbook(rows))) == [
        ("row 2", "- House: Mill; Roof: slate; Cost: 3.5")
    ]
    far = binary_workbook([["House", *[1.0] * 40]], first_row=1_000_000)
    assert "1000001 rows and 41 columns" in reason("a.xlsb", far)
    assert reason("a.xlsb", far[:-300])


def test_a_row_with_one_value_keeps_the_name_of_its_column():
    assert load("a.csv", "House,Roof,Cost\nMill,slate,3\nBarn,,\n,tin,\n").text == (
        "- House: Mill; Roof: slate; Cost: 3\n- House: Barn\n- Roof: tin"
    )


def test_a_line_merged_across_a_table_is_not_the_value_of_its_first_column():
    def make(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet()
        page.write_row(0, 0, ["House", "Roof", "Cost"])
        page.merge_range("A2:C2", "North of the river")
        page.write_row(2, 0, ["Mill", "slate", 3])

    assert "\n- North of the river\n- House: Mill" in load("a.xlsx", workbook(make)).text


def test_a_workbook_without_text_is_refused():
    assert "no text" in reason("a.xlsx", sheet())


def test_a_sheet_with_a_cell_at_its_far_end_is_refused_before_it_takes_all_the_memory():
    def make(book: xlsxwriter.Workbook) -> None:
        page = book.add_worksheet()
        page.write(0, 0, "x")
        page.write(1_048_575, 16_383, "y")

    assert "1048576 rows" in reason("a.xlsx", workbook(make))


@pytest.mark.parametrize("cut", [30, 1000, -30])
def test_a_damaged_workbook_is_refused(cut):
    assert reason("a.xlsx", sheet(["Team", "Cups"], ["Blues", 1])[:cut])


@pytest.mark.parametrize("name", ["password_protected.xlsx", "xlsx-corrupted.xlsx"])
def test_hostile_workbooks_are_refused(shared_data, name):
    assert reason(name, (shared_data / "formats" / "hostile" / name).read_bytes())


def test_an_external_entity_in_a_workbook_is_not_read(shared_data):
    path = shared_data / "formats" / "hostile" / "xxe_in_schema.xlsx"
    assert sheets.read(Source(path.read_bytes(), path.name)).text.startswith("Sheet1")


# JSON


def test_each_object_of_a_list_is_a_statement():
    items = [{"name": "Ann", "address": {"city": "Paris"}, "tags": ["a", "b"], "x": None}, {"n": 1}]
    assert places(load("a.json", json.dumps(items))) == [
        ("item 1", "- name: Ann; address.city: Paris; tags: a, b"),
        ("item 2", "- n: 1"),
    ]


def test_an_object_is_a_line_for_each_value_and_lists_of_objects_have_headings():
    document = load("a.json", '{"version": 2, "users": [{"n": "Ann"}, {"n": "Bob"}], "open": true}')
    assert document.text == "- version: 2\n- open: true\n\nusers\n\n- n: Ann\n- n: Bob"
    assert [heading.text for heading in document.headings] == ["users"]
    assert [name for name, _ in places(document)] == ["users 1", "users 2"]


def test_numbers_are_as_written_and_names_that_come_twice_are_both_read():
    text = load("a.json", f'{{"a": 1.50, "a": 1e400, "b": NaN, "c": {"9" * 5000}}}').text
    assert text.startswith("- a: 1.50\n- a: 1e400\n- b: NaN\n")
    assert "9" * 5000 in text


LONG = "The hut has eleven beds and a stove. " * 8


def test_the_name_of_a_long_text_is_not_lost_where_nothing_else_says_what_it_is():
    alone = json.dumps({"hut": "Aldo", "rules": LONG, "history": LONG.upper()})
    assert load("a.json", alone).text == (
        f"- hut: Aldo\n\nrules: {LONG.strip()}\n\nhistory: {LONG.upper().strip()}"
    )
    lonely = load("a.csv", f"Hut,Beds,Rules\nAldo,11,none\n,,{LONG}\n").text
    assert lonely == f"- Hut: Aldo; Beds: 11; Rules: none\n\nRules: {LONG.strip()}"
    page = (
        f"<table><tr><th>Hut</th><td>Aldo</td></tr><tr><th>Rules</th><td>{LONG}</td></tr></table>"
    )
    assert f"Rules: {LONG.strip()}" in load("a.html", page).text


def test_records_that_are_texts_have_no_name_before_each():
    lines = "\n".join(json.dumps({"text": text}) for text in (LONG, LONG.upper()))
    assert load("a.jsonl", lines).text == f"{LONG.strip()}\n\n{LONG.upper().strip()}"


def test_a_long_text_is_a_paragraph_of_its_own():
    body = "They met. " * 30
    document = load("a.json", json.dumps([{"title": "Trip", "body": body + "\n\nThe end."}]))
    assert document.text == f"- title: Trip\n\n{body.strip()}\n\nThe end."


def test_half_of_a_character_is_replaced():
    assert load("a.json", r'[{"a\ud800": "b\udc00"}]').text == "- a\ufffd: b\ufffd"


@pytest.mark.parametrize(
    "data", ["[" * 100_000, '{"a":' * 100_000, '{"a": [', "{'a': 1}", "nonsense"]
)
def test_what_is_no_json_is_refused(data):
    assert "JSON" in reason("a.json", data)


def test_each_line_of_a_jsonl_file_is_a_statement():
    assert places(load("a.jsonl", '\ufeff{"a": 1}\n\n{"a": 2}\n')) == [
        ("line 1", "- a: 1"),
        ("line 3", "- a: 2"),
    ]


def test_a_broken_line_is_named():
    told = reason("a.jsonl", '{"a": 1}\n{"a": }\n{"a": 3}\n{\n')
    assert "line 2" in told
    assert "1 more" in told


def test_lines_of_json_in_a_json_file_are_read():
    assert load("a.json", '{"a": 1}\n{"a": 2}\n').text == "- a: 1\n- a: 2"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=20,
)


def test_a_name_in_json_is_text_and_no_format_string():
    text = load("a.json", '{"file": "x", "{0.__class__} {": [{"b": 1}, {"b": 2}]}').text
    assert "{0.__class__} {" in text


@given(
    st.lists(json_values, min_size=1, max_size=3) | st.dictionaries(words, json_values, min_size=1)
)
def test_no_string_of_a_json_file_is_lost(value):
    def strings(inner: object) -> list[str]:
        if isinstance(inner, dict):
            return [s for item in inner.values() for s in strings(item)]
        if isinstance(inner, list):
            return [s for item in inner for s in strings(item)]
        return [inner] if isinstance(inner, str) else []

    text = squeezed(load("a.json", json.dumps({"file": "x", "value": value})).text)
    assert [s for s in strings(value) if squeezed(s) not in text] == []


# XML


def test_each_element_that_repeats_is_a_statement():
    document = load(
        "a.xml",
        "<books><book id='b1'><author>Ann</author><title>Rain</title></book>"
        "<book id='b2'><author>Bob</author><title>Sun</title></book></books>",
    )
    assert places(document) == [
        ("book 1", "- id: b1; author: Ann; title: Rain"),
        ("book 2", "- id: b2; author: Bob; title: Sun"),
    ]


def test_mixed_content_is_paragraphs_below_headings():
    document = load(
        "a.xml",
        "<article><section><title>Trip</title><p>They <b>met</b>&nbsp;Xi.</p><p>End.</p>"
        "</section></article>",
    )
    assert document.text == "Trip\n\nThey met Xi.\n\nEnd."
    assert [heading.text for heading in document.headings] == ["Trip"]


def test_an_item_of_a_feed_is_a_heading_a_date_and_its_text_without_markup():
    document = load(
        "a.xml",
        "<rss version='2.0'><channel><title>News</title><item><title>A &amp; B</title>"
        "<pubDate>Sat, 03 Apr 2010 21:15:06 +0900</pubDate><description>Short.</description>"
        "<encoded><![CDATA[<p>One&nbsp;<b>two</b>.</p><script>x()</script>]]></encoded></item></channel></rss>",
    )
    assert document.text == "News\n\nA & B\n\n- published: 2010-04-03\n\nOne two."
    assert (document.title, document.date) == ("News", "2010-04-03")
    assert [(h.text, h.level) for h in document.headings] == [("News", 1), ("A & B", 2)]


def test_an_atom_entry_with_elements_in_it_is_read():
    document = load(
        "a.xml",
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>T</title><entry><title>E</title>"
        "<updated>2024-02-03T00:00:00Z</updated><author><name>Ann</name></author>"
        "<content type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'><p>One.</p><p>Two.</p></div>"
        "</content></entry></feed>",
    )
    assert document.text == "T\n\nE\n\n- published: 2024-02-03; author: Ann\n\nOne.\n\nTwo."


def test_entities_are_neither_expanded_nor_fetched(tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret words")
    text = load(
        "a.xml",
        f"<!DOCTYPE a [<!ENTITY x SYSTEM '{secret.as_uri()}'><!ENTITY y 'haha'>]>"
        "<a><b>one &x; &y;</b><c>two</c></a>",
    ).text
    assert "one" in text
    assert "two" in text
    assert "secret words" not in text
    assert "haha" not in text


def test_a_bomb_of_entities_is_refused():
    bomb = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12))
    told = reason("a.xml", f"<!DOCTYPE a [<!ENTITY l0 'ha'>{bomb}]><a>&l11;</a>")
    assert "entity" in told


@pytest.mark.parametrize("encoding", ["euc-kr", "utf-16", "utf-8"])
def test_the_encoding_of_an_xml_file_is_the_declared_one(encoding):
    source = f'<?xml version="1.0" encoding="{encoding}"?><a><b>똠방각하</b></a>'
    data = source.encode("cp949" if encoding == "euc-kr" else encoding)
    assert load("a.xml", data).text == "- b: 똠방각하"


def test_a_false_declaration_of_the_encoding_is_seen_through():
    body = "회의는 오후 세 시에 시작합니다. 자료를 가져오세요."
    data = f'<?xml version="1.0" encoding="utf-8"?><a>{body}</a>'.encode("cp949")
    assert load("a.xml", data).text == body


@pytest.mark.parametrize("data", ["<a><b></a>", "no markup", "<a>" * 1000, "<a>&undefined;</a>"])
def test_what_is_not_well_formed_is_refused_with_the_line(data):
    assert re.search(r"not well-formed XML .*line 1", reason("a.xml", data))


def xml_of(value: object, tag: str = "root") -> str:
    inner = (
        escape(value)
        if isinstance(value, str)
        else "".join(xml_of(item, name) for name, item in value)  # type: ignore[attr-defined]
    )
    return f"<{tag}>{inner}</{tag}>"


@given(
    st.recursive(
        st.from_regex(r"[a-z]{1,8} [a-z]{1,8}\.?", fullmatch=True),
        lambda inner: st.lists(
            st.tuples(st.sampled_from(["p", "item", "title", "note", "sec"]), inner), max_size=4
        ),
        max_leaves=15,
    )
)
def test_no_text_of_an_xml_file_is_lost(value):
    def strings(inner: object) -> list[str]:
        return [inner] if isinstance(inner, str) else [s for _, v in inner for s in strings(v)]  # type: ignore[attr-defined]

    text = squeezed(load("a.xml", xml_of([("note", "kept here"), ("sec", value)])).text)
    assert [s for s in strings(value) if squeezed(s) not in text] == []


# Notebooks


def notebook(*cells: dict[str, object]) -> str:
    return json.dumps({"cells": cells, "metadata": {"kernelspec": "python3"}, "nbformat": 4})


def test_a_notebook_is_its_cells_and_what_they_wrote():
    document = load(
        "a.ipynb",
        notebook(
            {"cell_type": "markdown", "source": ["# Trip\n", "\n", "They met."]},
            {
                "cell_type": "code",
                "source": "# no heading\nprint(42)",
                "outputs": [
                    {"output_type": "stream", "text": ["42\n"]},
                    {
                        "output_type": "execute_result",
                        "data": {"text/plain": "7", "image/png": "AA"},
                    },
                    {"output_type": "error", "ename": "ValueError", "evalue": "\x1b[31mno\x1b[0m"},
                ],
            },
            {"cell_type": "markdown", "source": "## End"},
        ),
    )
    assert document.text == (
        "# Trip\n\nThey met.\n\n# no heading\nprint(42)\n\n42\n\n7\n\nValueError: no\n\n## End"
    )
    assert document.title == "Trip"
    assert [(h.text, document.text[h.start :].split("\n")[0]) for h in document.headings] == [
        ("Trip", "# Trip"),
        ("End", "## End"),
    ]
    assert document.place_at(document.text.index("print")) == "cell 2"
    assert document.place_at(document.text.index("ValueError")) == "output of cell 2"


@pytest.mark.parametrize("data", ["[]", "{}", '{"cells": 1}', '{"cells": [1]}', "{", "[" * 100_000])
def test_what_is_no_notebook_is_refused(data):
    assert "notebook" in reason("a.ipynb", data)


# Source code


def test_source_code_is_the_file_itself_with_its_lines_as_places():
    source = "import os\r\n\r\nclass A:\r\n    def f(self):\r\n        pass\r\n"
    document = load("a.py", source)
    assert document.text == source.replace("\r\n", "\n")
    assert document.title == "a.py"
    assert document.place_at(document.text.index("pass")) == "line 5"
    assert [(h.text, h.level) for h in document.headings] == [("class A", 1), ("def f", 2)]
    assert all(document.text[h.start :].startswith(h.text) for h in document.headings)


@pytest.mark.parametrize(
    ("name", "line", "heading"),
    [
        ("a.go", "func Read(r io.Reader) error {", "func Read"),
        ("a.rs", "pub fn read(x: u8) -> u8 {", "pub fn read"),
        ("a.js", "export default async function read() {", "export default async function read"),
        ("a.java", "public final class Reader extends Base {", "public final class Reader"),
        ("a.toml", "[project]", "project"),
    ],
)
def test_definitions_and_sections_are_headings(name, line, heading):
    assert [h.text for h in load(name, f"{line}\n  x\n").headings] == [heading]


@pytest.mark.parametrize(
    "line", ["class of 1999 met", "def", "# class A:", "function words are short"]
)
def test_prose_in_source_code_is_no_heading(line):
    assert load("a.py", f"{line}\n").headings == ()


# Encodings

TEXTS = {
    "iso2022_jp": "会議は午後三時に始まります。資料を持ってきてください。",
    "cp932": "名前,年齢,住所\n佐藤太郎,30,東京\n髙橋淳,35,名古屋\n",
    "euc_jp": "会議は午後三時に始まります。資料を持ってきてください。",
    "cp949": "회의는 오후 세 시에 시작합니다. 자료를 가져오세요.",
    "gb18030": "会议将于下午三点开始。请带上资料。谢谢。",
    "big5": "會議將於下午三點開始。請帶上資料。謝謝。",
    "cp1250": "Příliš žluťoučký kůň úpěl ďábelské ódy. Vláda schválila návrh zákona.",
    "cp1251": "Министр заявил, что переговоры начнутся в среду.",
    "koi8-r": "Министр заявил, что переговоры начнутся в среду.",
    "cp1252": "Der Bürgermeister eröffnete das schöne Café – über der „Straße“.",
    "cp1253": "Ο υπουργός δήλωσε ότι οι διαπραγματεύσεις θα αρχίσουν την Τετάρτη.",
    "cp1254": "Pijamalı hasta yağız şoföre çabucak güvendi. İstanbul'da yaşayanlar.",
    "cp1255": "שר החוץ אמר כי השיחות יתחילו ביום רביעי.",
    "cp1256": "قال وزير الخارجية إن المحادثات ستبدأ يوم الأربعاء.",
    "cp874": "รัฐมนตรีว่าการกระทรวงการต่างประเทศกล่าวว่าการเจรจาจะเริ่มขึ้น",
}


@pytest.mark.parametrize("encoding", TEXTS)
def test_a_text_in_an_older_encoding_is_read(encoding):
    assert decode(TEXTS[encoding].encode(encoding)) == TEXTS[encoding]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [*TEXTS.values(), "They met on Wednesday.\n"], ids=[*TEXTS, "en"])
def test_utf_16_is_known_without_its_byte_order_mark(encoding, text):
    text += " \n"
    assert decode(text.encode(encoding)) == text


def test_one_damaged_byte_does_not_turn_a_utf_8_text_into_another_encoding():
    text = "Der Bürgermeister eröffnete das schöne Café über der Straße. " * 20
    assert decode(text.encode() + b"\xff") == text + "\ufffd"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["cp1252", "cp1251", "cp932"])
def test_a_log_to_which_programs_wrote_in_several_encodings_is_read_by_line(encoding, end):
    first, second = "Köln, Straße: größer als geplant.\n", TEXTS[encoding].replace("\n", " ") + "\n"
    data = (first * 3).encode() + second.encode(encoding) + b"plain\n" + first.encode()
    data = data.replace(b"\n", end.encode())
    assert decode(data) == first * 3 + second + "plain\n" + first


def test_a_line_that_is_utf_8_by_chance_does_not_make_its_file_so():
    chance = b"\xc4\xa3\xca\xbd\n"
    assert chance.decode() == "ģʽ\n"
    data = chance + (TEXTS["gb18030"] + "\n资料在桌子上。\n").encode("gb18030")
    assert decode(data) == data.decode("gb18030")


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_are_decoded_without_halves_of_characters_or_refused(data):
    with suppress(LoadError):
        assert decode(data).encode()


def test_bytes_of_a_program_are_refused():
    junk = bytes((n * 7919 + n * n) % 251 + 1 for n in range(4000))
    with pytest.raises(LoadError, match="not a text file"):
        decode(junk)
    with pytest.raises(LoadError, match="NUL"):
        decode(b"text\x00more, and more of it")


def test_the_rows_of_a_table_are_kept_with_their_spans():
    data = b"Stock of May\nId;Name;Due\n1;Pump;2026-01-05\n2;;\n3;Hose;\n"
    extract = table.read(Source(data, "stock.csv"))
    (kept,) = extract.tables
    assert (kept.name, kept.columns) == ("Stock of May", ("Id", "Name", "Due"))
    assert [(row.number, row.cells) for row in kept.rows] == [
        (3, ("1", "Pump", "2026-01-05")),
        (4, ("2", "", "")),
        (5, ("3", "Hose", "")),
    ]
    assert [row.span.of(extract.text) for row in kept.rows] == [
        "- Id: 1; Name: Pump; Due: 2026-01-05",
        "- Id: 2",
        "- Id: 3; Name: Hose",
    ]


FORM = [
    ("Client", "Ada Lenk", "Order no.", "W-118"),
    ("Work", "new roof", "Head", "Bo Hall"),
    ("Begin", "1 June 2026", "End", "30 June 2026"),
]
ABOVE = [
    ("Borrower", "Tool"), ("Sven Arn", "Chain saw"), ("Lent on", "Lent by"),
    ("4 May 2026", "Ines Vahl"), ("Deposit", "Paid"), ("30 euros", "no"),
]  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "xlsx", "html", "docx"])
def test_labels_of_a_form_stand_with_their_values(form):
    beside = load(f"a.{form}", _written(FORM, form)).text
    above = load(f"a.{form}", _written(ABOVE, form)).text
    for label, value in [pair for row in FORM for pair in (row[:2], row[2:])]:
        assert f"\n{label}: {value}\n" in f"\n{beside}\n"
    for labels, values in zip(ABOVE[::2], ABOVE[1::2], strict=True):
        for label, value in zip(labels, values, strict=True):
            assert f"\n{label}: {value}\n" in f"\n{above}\n"


@pytest.mark.parametrize(
    "rows",
    [
        [("Item", "Price", "Shop", "Day"), ("Tent", "45 EUR", "Bol", "2 May"),
         ("Rope", "7 EUR", "Ark", "4 May")],
        [("Name", "Born"), ("Ada", "1990"), ("Bo", "unknown"), ("Cy", "1991")],
        [("Name", "Note", "Town", "Size"), ("Ada", "late", "Graz", "large"),
         ("Bo", "early", "Linz", "small")],
    ],
)  # fmt: skip
def test_a_table_is_no_form(rows):
    names = rows[0]
    text = load("a.xlsx", _written(rows, "xlsx")).text
    for row in rows[1:]:
        assert "; ".join(f"{n}: {v}" for n, v in zip(names, row, strict=True)) in text


def test_the_rows_of_a_schedule_begin_with_what_they_are_of():
    rows = [("", "Monday", "Tuesday"), ("morning", "pots", "baskets"), ("evening", "choir", "play")]
    text = load("a.docx", _written(rows, "docx")).text
    assert "- evening; Monday: choir; Tuesday: play" in text
