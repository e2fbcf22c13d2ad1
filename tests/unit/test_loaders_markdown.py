"""Markdown: the file itself, but for what would be misread so."""

from __future__ import annotations

import json

import pytest

from index.loaders.extract import Extract, Source
from index.loaders.plain import markdown, notebook


def read(text: str) -> Extract:
    return markdown.read(Source(text.encode(), "a.md"))


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("A locker costs ~~44 euros~~ 52 euros.", "A locker costs 52 euros."),
        ("A locker costs <del>44 euros</del> 52 euros.", "A locker costs 52 euros."),
        ("# Fees\n\n- ~~old\n  rule~~ new rule", "# Fees\n\n- new rule"),
        ("# Fees\n\n- one\n- ~~old rule~~\n- two", "# Fees\n\n- one\n- two"),
        ("Text <!-- 44 --> goes on.", "Text goes on."),
        ("31[^2] euros\n\n[^2]: From May on.", "31² euros\n\n² From May on."),
        ("H~2~O, 4^-7^, m<sup>3</sup>", "H₂O, 4⁻⁷, m³"),
    ],
)
def test_struck_text_comments_and_raised_characters(source, text):
    assert read(source).text == text


@pytest.mark.parametrize(
    "source",
    [
        "`a ~~b~~ c^2^`",
        "```sh\nrun ~~a~~ <del>b</del>\n```\n",
        "    run ~~a~~\n",
        "\\~~a~~ and ~/bin and ~/lib, about ~10 to ~20",
        "$a^2+b^2$ and [x](http://x.org/~a~b) and https://x.org/~a~b",
        "a^2+b^2 [^here]",
        "---\ntitle: a ~~b~~ c\n---\n",
    ],
)
def test_what_only_looks_like_markup_stays(source):
    assert read(source).text == source


def test_the_rows_of_a_table_name_their_columns_and_say_where_they_stand():
    extract = read(
        "# Boats\n\n| Boat | **Hour** | Day |\n|---|--:|---|\n| Canoe `C2` | 9.50 | 41 |\n"
        "| Raft | 12 | ~~60~~ 70 |\n\n## Vests\n\nLife vests are free.\n"
    )
    assert extract.text == (
        "# Boats\n\n- Boat: Canoe C2; Hour: 9.50; Day: 41\n- Boat: Raft; Hour: 12; Day: 70\n\n"
        "## Vests\n\nLife vests are free.\n"
    )
    assert [extract.text[h.start :][:5] for h in extract.headings] == ["# Boa", "## Ve"]
    assert [p.name for p in extract.places] == ["table 1, row 2", "table 1, row 3", ""]
    (table,) = extract.tables
    assert table.columns == ("Boat", "Hour", "Day")
    assert [row.span.of(extract.text)[-7:] for row in table.rows] == ["Day: 41", "Day: 70"]


def test_definitions_are_statements_and_html_is_read():
    extract = read(
        "Hull\n: oak\n\nMast\n: ash\n: pine\n\n<details>\n<summary>Is it heated?</summary>\n\n"
        "Yes.\n\n</details>\n\n<table><tr><th>A</th><th>B</th></tr><tr><td>1</td><td>2</td></tr>"
        "</table>\n\n<h3>Deep</h3>\n\n# End\n"
    )
    blocks = [block for block in extract.text.split("\n") if block]
    assert blocks == [
        "- Hull: oak", "- Mast: ash; pine", "Is it heated?", "Yes.", "- A: 1; B: 2", "Deep",
        "# End",
    ]  # fmt: skip
    assert [(h.text, h.level) for h in extract.headings] == [("Deep", 3), ("End", 1)]
    assert all(h.text in extract.text[h.start :][:8] for h in extract.headings)


def test_a_cell_of_a_notebook_is_read_so_too_and_stays_one_place():
    table = "# Boats\n\n|Boat|Day|\n|---|---|\n|Raft|~~60~~ 70|\n\n## More"
    cells = [{"cell_type": "markdown", "source": source} for source in ("Text.", table)]
    extract = notebook.read(Source(json.dumps({"cells": cells}).encode(), "a.ipynb"))
    assert "- Boat: Raft; Day: 70" in extract.text
    assert [place.name for place in extract.places] == ["cell 1", "cell 2"]
    assert [extract.text[h.start :][:4] for h in extract.headings] == ["# Bo", "## M"]
    assert extract.tables[0].rows[0].span.of(extract.text) == "- Boat: Raft; Day: 70"
